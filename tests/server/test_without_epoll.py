"""On a system without epoll it is plain hypercorn, which says so, serves and stops."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.kit.processes import Program
from tests.server import peers

LIMIT_SECONDS = 5.0


@pytest.fixture
def program() -> Iterator[Program]:
    arguments = ("tests.server.programs.everything", "0.5", "without epoll", "0")
    with Program.running(*arguments) as program:
        yield program


def served(client: socket.socket) -> bytes:
    client.sendall(f"GET / HTTP/1.1\r\n{peers.HOST}\r\n".encode())
    return peers.read_until(client, b"quick")


def test_it_serves_and_says_what_is_missing(program: Program) -> None:
    with peers.idle(program) as client:
        assert served(client).startswith(b"HTTP/1.1 200 ")

    assert "no epoll here" in program.err


def test_it_answers_what_is_under_way_and_stops_in_time(program: Program) -> None:
    with ExitStack() as clients, peers.asking(program, "GET /slow/0.2") as slow:
        program.says("slow")
        for peer in (peers.idle, peers.unused, peers.stream, peers.websocket):
            clients.enter_context(peer(program))

        status, seconds = program.stopped()

        assert peers.everything_from(slow).endswith(b"\r\n\r\nslow")
    assert status == 0
    assert seconds < LIMIT_SECONDS
    assert "after serving" in program.out
