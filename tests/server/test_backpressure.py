"""Whoever sends more than is taken waits, and in the end all of it goes on or ends."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.kit.polling import until
from tests.kit.processes import Program
from tests.server import peers

PING = b"\x89\x80" + bytes(4)
MESSAGE = b"\x81\xfe" + (60_000).to_bytes(2, "big") + bytes(4) + b"x" * 60_000
RESET = struct.pack("ii", 1, 0)
SMALL_BUFFER = 4096


@pytest.fixture(params=["asyncio", "fastest"])
def loop(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def everything(loop: str) -> Iterator[Program]:
    arguments = ("tests.server.programs.everything", "1", loop, "0")
    with Program.running(*arguments) as program:
        assert program.port
        yield program


@pytest.fixture
def parking(loop: str) -> Iterator[Program]:
    with Program.running("tests.server.programs.parking", loop, "{}") as program:
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


def told(program: Program, what: str) -> None:
    with peers.asking(program, f"GET /{what}", more="Connection: close\r\n") as client:
        assert peers.everything_from(client).endswith(b"done")


def full(program: Program) -> socket.socket:
    """A client whose body nobody takes."""
    client = peers.asking(program, "POST /wait", more="Content-Length: 100000000\r\n")
    _sent_until_nothing_is_taken(client, bytes(100_000_000))
    return client


def test_a_handler_may_answer_without_taking_the_body(parking: Program) -> None:
    before = parking.descriptors
    with full(parking) as client:
        told(parking, "go")

        assert b"done" in peers.everything_from(client)
    until(lambda: parking.descriptors <= before)


def test_a_client_that_leaves_with_its_body_not_taken_leaves_no_descriptor(
    parking: Program,
) -> None:
    before = parking.descriptors
    client = full(parking)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()
    told(parking, "go")

    until(lambda: parking.descriptors <= before)


def test_a_websocket_that_has_ended_leaves_no_descriptor(everything: Program) -> None:
    before = everything.descriptors
    peers.websocket(everything).close()
    everything.says("socket ends")

    until(lambda: everything.descriptors <= before, within=5)
