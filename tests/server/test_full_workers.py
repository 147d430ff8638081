"""A worker that is full leaves newcomers to the others; none is turned away."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.kit.processes import Program
from tests.server import peers
from tests.server.several import connection, get, several, taken_by, workers

EACH = 3


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """Two workers, each with places for a few."""
    with several(tmp_path, settings={"MAX_CONNECTIONS": EACH}) as program:
        yield program


def newcomer(program: Program) -> http.client.HTTPConnection:
    """One that keeps its connection."""
    return http.client.HTTPConnection("127.0.0.1", program.port, timeout=20)


def test_before_one_that_rests_makes_room_the_other_worker_takes_the_newcomer(
    program: Program,
) -> None:
    pids = workers(program)
    full, other = pids
    with ExitStack() as opened:
        resting = [opened.enter_context(connection(program, to=full, of=pids)) for _ in range(EACH)]

        newcomers = [newcomer(program) for _ in range(EACH)]
        taken = [get(each, "/pid") for each in newcomers]

        assert taken == [str(other)] * EACH
        # No connection of before was closed for them.
        sockets = [each.sock for each in resting]
        assert [get(each, "/pid") for each in resting] == [str(full)] * EACH
        assert [each.sock for each in resting] == sockets
        for each in newcomers:
            each.close()


def test_when_all_are_full_one_that_rests_makes_room_after_all(program: Program) -> None:
    pids = workers(program)
    with ExitStack() as opened:
        for pid in pids:
            for _ in range(EACH):
                opened.enter_context(connection(program, to=pid, of=pids))

        last = newcomer(program)

        assert int(get(last, "/pid")) in pids
        last.close()


def test_what_is_busy_in_one_is_not_waited_for_while_the_other_is_free(program: Program) -> None:
    pids = workers(program)
    full, other = pids
    with ExitStack() as opened:
        for number in range(EACH):
            with taken_by(full, of=pids):
                opened.enter_context(peers.asking(program, "GET /slow/60.0"))
                program.says("slow", times=number + 1)

        newcomers = [newcomer(program) for _ in range(EACH)]

        assert [get(each, "/pid") for each in newcomers] == [str(other)] * EACH
        for each in newcomers:
            each.close()
