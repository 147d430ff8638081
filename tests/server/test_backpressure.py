"""Whoever sends more than is taken waits, and goes on, or ends when nobody is there any more."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.server import peers
from tests.server.process import Program

PING = b"\x89\x80" + bytes(4)
MESSAGE = b"\x81\xfe" + (60_000).to_bytes(2, "big") + bytes(4) + b"x" * 60_000
RESET = struct.pack("ii", 1, 0)
SMALL_BUFFER = 4096


@pytest.fixture(params=["asyncio", "fastest"])
def loop(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def everything(loop: str, tmp_path: Path) -> Iterator[Program]:
    arguments = ("tests.server.programs.everything", "1", loop, "0")
    with Program.running(*arguments, folder=tmp_path) as program:
        assert program.port
        yield program


@pytest.fixture
def parking(loop: str, tmp_path: Path) -> Iterator[Program]:
    with Program.running("tests.server.programs.parking", loop, "{}", folder=tmp_path) as program:
        assert program.port
        yield program


def test_pings_between_messages_that_wait_for_a_slow_reader_hold_up_neither(
    everything: Program,
) -> None:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        client.connect(("127.0.0.1", everything.port))
        head = f"GET /ws HTTP/1.1\r\n{peers.HOST}{peers.UPGRADE}\r\n"
        client.sendall(head.encode())
        peers.read_until(client, b"\r\n\r\n")
        sent = _sent_until_nothing_is_taken(client, (MESSAGE + PING) * 200)
        echoes = sent // len(MESSAGE + PING)
        client.settimeout(5)

        echoed = 0
        while echoed < echoes * 60_000:
            data = client.recv(1 << 20)
            assert data
            echoed += data.count(b"x")


def _sent_until_nothing_is_taken(client: socket.socket, data: bytes) -> int:
    client.settimeout(0.3)
    sent = 0
    with suppress(TimeoutError):
        while sent < len(data):
            sent += client.send(data[sent : sent + 65536])
    return sent
