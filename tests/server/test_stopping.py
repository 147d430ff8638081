"""A server stops in time and cleanly, whatever its clients do."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest

from quart_app.settings import ServerSettings
from tests.kit.polling import until
from tests.kit.processes import Program, listens
from tests.server import peers

LIMIT_SECONDS = 5.0
SHORT_SECONDS = 0.3
DEFAULT_SECONDS = ServerSettings().shutdown_timeout.total_seconds()
LONG_SECONDS = 30.0
GOING_AWAY = b"\x88\x02\x03\xe9"  # a close frame with 1001
MASKED_GOING_AWAY = b"\x88\x82\x00\x00\x00\x00\x03\xe9"  # as a client has to send it
LOOPS = ("asyncio", "fastest")


def everything(seconds: float, loop: str, *, delay: float = 0) -> AbstractContextManager[Program]:
    times = (str(seconds), loop, str(delay))
    return Program.running("tests.server.programs.everything", *times)


@pytest.fixture(params=LOOPS)
def program(request: pytest.FixtureRequest) -> Iterator[Program]:
    with everything(SHORT_SECONDS, request.param) as program:
        yield program


def test_it_stops_within_five_seconds_whatever_clients_do() -> None:
    with everything(DEFAULT_SECONDS, "fastest") as program, ExitStack() as clients:
        for peer in 3 * peers.KINDS:
            clients.enter_context(peer(program))

        status, seconds = program.stopped(signal.SIGINT)

    assert status == 0
    assert seconds < LIMIT_SECONDS


@pytest.mark.parametrize("loop", LOOPS)
def test_clients_that_ask_for_nothing_do_not_hold_it_up(loop: str) -> None:
    with everything(LONG_SECONDS, loop) as program, ExitStack() as clients:
        for peer in (peers.idle, peers.unused, peers.half_a_head):
            clients.enter_context(peer(program))

        status, seconds = program.stopped()

    assert status == 0
    assert seconds < LIMIT_SECONDS


@pytest.mark.parametrize("loop", LOOPS)
def test_a_client_that_left_holds_nothing(loop: str) -> None:
    with everything(LONG_SECONDS, loop) as program:
        assert program.port  # it serves
        before = program.descriptors
        for peer in (peers.idle, peers.unused, peers.half_a_head):
            with peer(program):
                pass

        until(lambda: program.descriptors <= before)


def test_requests_under_way_are_answered(program: Program) -> None:
    with peers.asking(program, "GET /slow/0.2") as client:
        program.says("slow")

        status, _ = program.stopped()

        answer = peers.everything_from(client)
    assert status == 0
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert answer.endswith(b"\r\n\r\nslow")


def test_handlers_have_cleaned_up_when_the_application_shuts_down(program: Program) -> None:
    with ExitStack() as clients:
        for peer in peers.KINDS:
            clients.enter_context(peer(program))

        status, _ = program.stopped()

    assert status == 0
    *before, last = program.out.splitlines()
    assert last == "after serving"
    assert before.count("slow ends") == 2
    assert {"events end", "flood ends", "socket ends"} <= set(before)


def test_a_websocket_that_says_goodbye_does_not_hold_it_up() -> None:
    with (
        everything(LONG_SECONDS, "fastest") as program,
        peers.websocket(program) as client,
    ):
        program.process.send_signal(signal.SIGTERM)
        goodbye = client.recv(65536)
        client.sendall(MASKED_GOING_AWAY)

        status = program.ended(within=LIMIT_SECONDS)

    assert goodbye == GOING_AWAY
    assert status == 0


def test_nobody_is_accepted_any_more(program: Program) -> None:
    port = program.port
    with peers.asking(program, "GET /slow/60.0"):
        program.says("slow")
        program.process.send_signal(signal.SIGTERM)

        until(lambda: not listens(port), within=LIMIT_SECONDS)

        assert program.process.poll() is None, "it is still answering the slow request"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_it_at_once(number: int) -> None:
    with everything(LONG_SECONDS, "fastest") as program, peers.slow(program):
        began = time.monotonic()

        until(lambda: program.ends_by(number))

    assert program.process.returncode == -number
    assert time.monotonic() - began < 1


def test_a_handler_that_blocks_the_event_loop_is_shown_and_ended() -> None:
    with everything(SHORT_SECONDS, "fastest") as program:
        with peers.asking(program, "GET /stuck"):
            program.says("stuck")

            status, seconds = program.stopped()

        assert status == -signal.SIGALRM
        assert seconds < LIMIT_SECONDS
        assert "in stuck" in program.err


def test_a_handler_that_will_not_be_cancelled_is_not_waited_for() -> None:
    with everything(SHORT_SECONDS, "asyncio") as program:
        with peers.asking(program, "GET /stubborn"):
            program.says("stubborn")

            status, seconds = program.stopped()

        assert status == 0
        assert seconds < LIMIT_SECONDS
        assert program.out.splitlines()[-2:] == ["after serving", "stubborn goes on"]
