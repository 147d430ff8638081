"""What a client may take is bounded: connections, time, and what waits for it in memory."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from quart_app.observing.events import MOST_IN_A_WINDOW
from quart_app.server.connections.per_address import Guests
from tests.kit.polling import until
from tests.kit.processes import Program
from tests.server import peers

Start = Callable[..., Program]
FOR_EVER = 3600
RESET = struct.pack("ii", 1, 0)
MORE_THAN_BUFFERS_HOLD = 64 << 20


@pytest.fixture
def start() -> Iterator[Start]:
    """A server with these settings."""
    with ExitStack() as running:

        def start(loop: str = "fastest", **settings: float) -> Program:
            arguments = ("tests.server.programs.parking", loop, json.dumps(settings))
            program = running.enter_context(Program.running(*arguments))
            assert program.port
            return program

        yield start


def served(client: socket.socket, what: str = "/") -> bytes:
    client.sendall(f"GET {what} HTTP/1.1\r\n{peers.HOST}\r\n".encode())
    return peers.read_until(client, b"done")


def resting(program: Program, host: str = "127.0.0.1") -> socket.socket:
    client = socket.create_connection(
        ("127.0.0.1", program.port), timeout=10, source_address=(host, 0)
    )
    try:
        served(client)
    except BaseException:
        client.close()
        raise
    return client


@contextmanager
def several(program: Program, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as opened:
        yield [opened.enter_context(resting(program)) for _ in range(count)]


def test_when_full_the_one_that_has_rested_longest_makes_room(start: Start) -> None:
    program = start(MAX_CONNECTIONS=5)
    with several(program, 5) as clients:
        served(clients[0])

        with resting(program):
            assert clients[1].recv(1) == b""
            for client in (clients[0], *clients[2:]):
                served(client)
    assert "no room" in program.err


def test_halves_of_heads_make_room_too(start: Start) -> None:
    program = start(MAX_CONNECTIONS=3, HEAD_TIMEOUT=FOR_EVER)
    with ExitStack() as halves:
        for _ in range(3):
            half = halves.enter_context(peers.connected(program))
            half.sendall(b"GET / HTTP/1.1\r\nHost: loc")

        for _ in range(5):
            with resting(program):
                pass


def test_one_that_was_closed_ends_no_other_though_a_child_process_still_has_it(
    start: Start,
) -> None:
    program = start(MAX_CONNECTIONS=2)
    closed = resting(program)
    served(closed, "/fork")
    # It is closed for the second of these, and the stream has its descriptor.
    with several(program, 2), peers.asking(program, "GET /stream/ada") as stream:
        peers.read_until(stream, b"hello")
        program.says("parked ada")
        closed.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        closed.close()
        with resting(program) as other:
            served(other, "/write/3")

        assert peers.read_until(stream, b"xxx")


def test_many_that_come_at_once_do_not_cut_each_other_off(start: Start) -> None:
    program = start(MAX_CONNECTIONS=5)
    program.process.send_signal(signal.SIGSTOP)
    clients = [peers.asking(program, "GET /", more="Connection: close\r\n") for _ in range(20)]
    program.process.send_signal(signal.SIGCONT)

    for client in clients:
        with client:
            assert peers.everything_from(client).endswith(b"done")


def test_when_all_are_busy_a_new_one_waits_for_its_turn(start: Start) -> None:
    program = start(MAX_CONNECTIONS=2)
    with peers.asking(program, "GET /wait"), peers.asking(program, "GET /stream/ada") as client:
        peers.read_until(client, b"hello")
        with peers.connected(program) as third:
            third.settimeout(0.3)
            with pytest.raises(TimeoutError):
                served(third)
            third.settimeout(10)

            client.close()

            assert peers.read_until(third, b"done")


def test_one_address_has_so_many_and_others_have_theirs(start: Start) -> None:
    program = start(CONNECTIONS_PER_ADDRESS=3)
    with several(program, 3) as clients:
        with peers.connected(program) as refused:
            assert peers.everything_from(refused) == b""
        with resting(program, host="127.0.0.2"):
            pass

        clients.pop().close()

        until(lambda: _is_served(program))
        assert all(served(client) for client in clients)
    assert "one address holds too many connections" in program.err


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    guests = Guests(2)

    admitted = [guests.admit(n, f"2001:db8::{n:x}") for n in range(3)]
    guests.left(0)

    assert admitted == [True, True, False]
    assert guests.admit(3, "2001:db8::ffff")
    assert guests.admit(4, "2001:db8:0:1::1")


def _is_served(program: Program) -> bool:
    try:
        resting(program).close()
    except (ConnectionError, AssertionError):
        return False
    return True


@pytest.mark.parametrize("rests", [b"", b"GET / HTTP/1.1\r\n\r\n"])
def test_a_connection_rests_for_so_long_used_or_not(start: Start, rests: bytes) -> None:
    program = start(KEEP_ALIVE_TIMEOUT=0.5)
    with peers.connected(program) as client:
        if rests:
            served(client)
        began = time.monotonic()

        assert client.recv(1) == b""

        assert 0.4 < time.monotonic() - began < 3


def test_a_head_that_comes_byte_by_byte_has_its_time_and_no_more(start: Start) -> None:
    program = start(HEAD_TIMEOUT=0.5, KEEP_ALIVE_TIMEOUT=FOR_EVER)
    with peers.connected(program) as client:
        served(client)
        began = time.monotonic()
        client.settimeout(0.05)
        client.sendall(b"GET /")

        while not _has_ended(client):
            client.sendall(b"a")

        assert 0.4 < time.monotonic() - began < 3


def _has_ended(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except TimeoutError:
        return False


def test_a_form_that_comes_byte_by_byte_has_its_time_and_no_more(tmp_path: Path) -> None:
    arguments = (
        "quart_app",
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--data-dir",
        str(tmp_path / "data"),
    )
    environment = {"QUART_BODY_TIMEOUT": "0.5"}
    head = (
        f"POST /login HTTP/1.1\r\n{peers.HOST}Content-Length: 1000\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nname="
    )
    with (
        Program.running(*arguments, environment=environment) as program,
        peers.connected(program) as client,
    ):
        client.sendall(head.encode())
        client.settimeout(0.05)
        began = time.monotonic()

        while not (answer := _arrived(client)):
            client.sendall(b"a")
            assert time.monotonic() - began < 5

        client.settimeout(10)
        answer += peers.everything_from(client)
    assert time.monotonic() - began >= 0.4
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"set-cookie" not in answer.lower()


def _arrived(client: socket.socket) -> bytes:
    try:
        return client.recv(65536)
    except TimeoutError:
        return b""


def test_the_last_request_of_a_connection_is_told_so(start: Start) -> None:
    program = start(KEEP_ALIVE_REQUESTS=3)
    with resting(program) as client:
        second, third = served(client), served(client)

        assert client.recv(1) == b""
    assert b"connection: close" not in second
    assert b"connection: close" in third


@pytest.mark.parametrize("loop", ["asyncio", "fastest"])
def test_a_client_that_takes_nothing_is_cut_off(start: Start, loop: str) -> None:
    program = start(loop, STALLED_TIMEOUT=0.5)
    before = program.descriptors
    with peers.asking(program, f"GET /big/{MORE_THAN_BUFFERS_HOLD}"):
        until(lambda: program.descriptors > before)

        until(lambda: program.descriptors <= before)


def test_without_descriptors_it_says_so_keeps_calm_and_goes_on(start: Start) -> None:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, limit[1]))
    program = start()
    resource.prlimit(program.process.pid, resource.RLIMIT_NOFILE, (200, 200))
    resource.setrlimit(resource.RLIMIT_NOFILE, limit)
    with resting(program) as first:
        served(first, "/hog/1")
        before = _cpu_seconds(program)

        with resting(program):  # when there are descriptors again
            pass

    assert 1 <= program.err.count("no room") <= MOST_IN_A_WINDOW
    assert _cpu_seconds(program) - before < 0.3


def _cpu_seconds(program: Program) -> float:
    fields = Path(f"/proc/{program.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
