"""An answer that goes on for hours costs its socket, and is written to without waiting."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from tests.kit.polling import until
from tests.kit.processes import Program
from tests.server import peers

HELLO = b"5\r\nhello\r\n"
LAST = b"0\r\n\r\n"
RESET = struct.pack("ii", 1, 0)
MORE_THAN_BUFFERS_HOLD = 16 << 20
LONG = 200_000


@pytest.fixture(params=["asyncio", "fastest"])
def program(request: pytest.FixtureRequest) -> Iterator[Program]:
    name = "tests.server.programs.parking"
    with Program.running(name, request.param, "{}") as program:
        yield program


def stream(program: Program, name: str) -> socket.socket:
    client = peers.asking(program, f"GET /stream/{name}")
    peers.read_until(client, HELLO)
    program.says(f"parked {name}")
    return client


def told(program: Program, what: str) -> bytes:
    """The body of an ordinary answer."""
    with peers.asking(program, f"GET /{what}", more="Connection: close\r\n") as client:
        return peers.everything_from(client).partition(b"\r\n\r\n")[2]


def test_no_task_is_left_of_the_request(program: Program) -> None:
    before = told(program, "tasks")
    streams = [stream(program, str(number)) for number in range(5)]

    assert told(program, "tasks") == before

    for client in streams:
        client.close()


def test_what_is_written_arrives_framed_as_the_answer_began(program: Program) -> None:
    with (
        stream(program, "new") as new,
        peers.connected(program) as old,
    ):
        old.sendall(b"GET /stream/old HTTP/1.0\r\nHost: localhost\r\n\r\n")
        peers.read_until(old, b"hello")
        program.says("parked old")
        told(program, "write/3")
        told(program, "end")

        assert peers.everything_from(new) == b"3\r\nxxx\r\n7\r\nthe end\r\n" + LAST
        assert peers.everything_from(old) == b"xxxthe end"
    assert "gone" not in program.out


@pytest.mark.parametrize("how", ["closes", "resets", "sends its end"])
def test_a_peer_that_leaves_is_noticed_at_once(program: Program, how: str) -> None:
    client = stream(program, "ada")
    if how == "resets":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.shutdown(socket.SHUT_WR) if how == "sends its end" else client.close()

    program.says("gone ada")

    assert told(program, "write/3") == b"done"
    assert program.out.count("gone ada") == 1
    client.close()


def test_a_reader_that_is_too_slow_is_dropped_and_the_others_are_not(program: Program) -> None:
    with stream(program, "slow") as slow, stream(program, "quick") as quick:
        written = 0
        while "gone slow" not in program.out:
            told(program, "write/60000")
            peers.read_until(quick, b"x\r\n")
            written += 60_000
            assert written < MORE_THAN_BUFFERS_HOLD

        assert "gone quick" not in program.out
        assert not peers.everything_from(slow).endswith(LAST)


def test_an_event_that_is_longer_than_a_socket_takes_at_once_arrives_whole(
    program: Program,
) -> None:
    with socket.socket() as client:
        client.settimeout(10)
        # As over a network: on one machine buffers are fifty times as large.
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", program.port))
        client.sendall(f"GET /stream/far HTTP/1.1\r\n{peers.HOST}\r\n".encode())
        peers.read_until(client, HELLO)
        program.says("parked far")
        told(program, f"write/{LONG}")
        told(program, "write/3")
        told(program, "end")

        received = peers.everything_from(client)

    assert received == b"%x\r\n%b\r\n3\r\nxxx\r\n7\r\nthe end\r\n" % (LONG, b"x" * LONG) + LAST
    assert "gone" not in program.out


def test_what_a_client_sends_on_a_stream_neither_ends_nor_disturbs_it(program: Program) -> None:
    request = f"GET /stream/ada HTTP/1.1\r\n{peers.HOST}\r\n".encode()
    with peers.connected(program) as client:
        client.sendall(request + request)
        program.says("parked ada")
        client.sendall(b"more")
        peers.read_until(client, HELLO)
        before = told(program, "tasks")
        told(program, "write/3")

        assert peers.read_until(client, b"xxx\r\n") == b"3\r\nxxx\r\n"
        assert told(program, "tasks") == before


def test_one_that_has_left_before_it_is_parked_is_gone(program: Program) -> None:
    peers.asking(program, "GET /stream/late").close()

    program.says("gone late")

    assert "parked late" not in program.out


def test_a_handler_behind_which_a_request_waits_hears_of_a_reset(program: Program) -> None:
    request = f"GET /stream/late HTTP/1.1\r\n{peers.HOST}\r\n".encode()
    client = peers.connected(program)
    client.sendall(request + request)
    peers.read_until(client, HELLO)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()

    program.says("gone late")


def test_an_answer_without_body_or_with_a_length_is_not_parked(program: Program) -> None:
    with peers.asking(program, "HEAD /stream/ada", more="Connection: close\r\n") as client:
        head = peers.everything_from(client)
    with peers.asking(program, "GET /stream/short") as client:
        short = peers.everything_from(client)

    assert b"content-length: 5" in head
    assert short.endswith(b"\r\n\r\nhello")
    assert "cannot be parked" in program.err
    assert "parked" not in program.out


def test_streams_are_told_that_the_server_stops_and_are_ended(program: Program) -> None:
    with stream(program, "ada") as ada, stream(program, "bob") as bob:
        status, seconds = program.stopped()

        for client in (ada, bob):
            assert peers.everything_from(client) == b"8\r\nfarewell\r\n" + LAST
    assert status == 0
    assert seconds < 1
    assert "gone" not in program.out


def test_a_stream_that_fails_is_ended_and_the_others_are_not(program: Program) -> None:
    with (
        stream(program, "clumsy") as clumsy,
        stream(program, "ada") as ada,
        peers.asking(program, "GET /stream/failing") as failing,
    ):
        assert peers.everything_from(failing).endswith(HELLO + LAST)

        status, _ = program.stopped()

        assert peers.everything_from(clumsy) == LAST
        assert peers.everything_from(ada) == b"8\r\nfarewell\r\n" + LAST
    assert status == 0
    assert program.err.count("application failed") == 2


def test_streams_that_left_leave_no_descriptor(program: Program) -> None:
    told(program, "tasks")
    before = program.descriptors

    for number in range(20):
        stream(program, str(number)).close()

    until(lambda: program.descriptors <= before)


def test_what_a_handler_does_after_its_answer_is_waited_for(program: Program) -> None:
    with peers.asking(program, "GET /rest/0.3") as client:
        peers.read_until(client, b"done")

        status, _ = program.stopped()

    assert status == 0
    assert "the rest is done" in program.out
