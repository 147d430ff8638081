"""What hypercorn would do by default, and this server does not."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.kit.processes import Program
from tests.server import peers

MASK = bytes(4)  # turns nothing into anything else
TEXT, CLOSE = 0x81, 0x88
TOO_BIG = b"\x03\xf1"  # 1009
MOST = 64 * 1024
CLOSE_AFTERWARDS = "Connection: close\r\n"


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    arguments = ("tests.server.programs.everything", "1", "fastest", "0")
    with Program.running(*arguments) as program:
        yield program


def answer(program: Program, head: str, *, more: str = "") -> bytes:
    with peers.asking(program, head, more=more) as client:
        return peers.everything_from(client)


def test_it_does_not_say_what_serves(program: Program) -> None:
    head = answer(program, "GET /", more=CLOSE_AFTERWARDS).lower()

    assert head.startswith(b"http/1.1 200 ")
    assert b"\r\nserver:" not in head


def test_no_request_writes_a_line_of_its_own_into_a_log(program: Program) -> None:
    answer(program, "GET /x%0aFORGED", more=CLOSE_AFTERWARDS)

    assert "FORGED" not in program.out + program.err


def test_an_upgrade_to_http_2_is_no_way_past_a_proxy(program: Program) -> None:
    h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    with peers.asking(program, "GET /", more=h2c) as client:
        assert peers.read_until(client, b"quick").startswith(b"HTTP/1.1 200 ")

    with peers.connected(program) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
        assert peers.everything_from(client).startswith(b"HTTP/1.1 505 ")


def test_a_websocket_takes_messages_of_a_sensible_size_only(program: Program) -> None:
    with peers.websocket(program) as client:
        client.sendall(frame(bytes(MOST)))
        echo = received(client, 10 + MOST)
        client.sendall(frame(bytes(MOST + 1)))
        goodbye = received(client, 4)

    assert echo[0] == TEXT
    assert (goodbye[0], goodbye[2:]) == (CLOSE, TOO_BIG)


def frame(message: bytes) -> bytes:
    """As a client sends a long one."""
    return bytes([TEXT, 0xFF]) + len(message).to_bytes(8, "big") + MASK + message


def received(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := client.recv(count - len(data))):
        data += more
    return data
