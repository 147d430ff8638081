"""Several workers serve one address, whatever becomes of one of them."""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from quart_app.server.stopping import SAME_GESTURE_SECONDS
from quart_app.server.workers.worker import GOOD_WHILE_SECONDS, LONGEST_PAUSE_SECONDS, Place
from tests.kit.polling import until
from tests.kit.processes import Program, listens
from tests.server import peers
from tests.server.load import CLIENTS, Load
from tests.server.programs.several import WORKERS
from tests.server.several import (
    CODE,
    SERVES,
    children,
    connection,
    get,
    is_gone,
    several,
    taken_by,
    workers,
)

LIMIT_SECONDS = 5.0
LONG_SECONDS = 30.0
NAMELESS = signal.SIGRTMIN + 6
WAITING = """
import pathlib, time
while not pathlib.Path(__file__).with_name("go").exists():
    time.sleep(0.01)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, NAMELESS])
def test_a_worker_that_ends_is_replaced_and_the_others_go_on(
    number: int, two_workers: Program
) -> None:
    victim, other = before = workers(two_workers)
    with (
        connection(two_workers, to=other, of=before) as client,
        Load.on(two_workers.port, "/pid") as load,
    ):
        load.goes_on(20)
        with connection(two_workers, to=victim, of=before):
            os.kill(victim, number)
            while len(SERVES.findall(two_workers.err)) <= WORKERS:
                assert get(client, "/pid") == str(other)
        replaced = workers(two_workers, WORKERS + 1)[-1]
        until(lambda: load.answers[str(replaced)])

    # What each client had under way on the one that was killed is lost, and nothing else.
    assert len(load.failures) <= (0 if number == signal.SIGTERM else CLIENTS)
    assert load.answers.keys() <= {str(victim), str(other), str(replaced)}
    assert set(children(two_workers.process.pid)) == {other, replaced}, "and no zombie"


def test_one_that_keeps_ending_is_started_more_and_more_seldom(
    two_workers: Program, tmp_path: Path
) -> None:
    first, other = before = workers(two_workers)
    with connection(two_workers, to=other, of=before) as client:
        (tmp_path / CODE).write_text("raise SystemExit(3)\n")
        os.kill(first, signal.SIGKILL)
        two_workers.complains("worker ended", times=3)

        assert get(client, "/") == "quick"
        pauses = re.findall(r"worker ended .* next_in_seconds=(\S+)", two_workers.err)
        assert [float(pause) for pause in pauses[:3]] == [0, 0.5, 1]
        (tmp_path / CODE).write_text("NUMBER = 2\n")
        assert workers(two_workers, WORKERS + 1)


def test_the_pause_has_a_limit_and_is_forgotten_after_a_good_while() -> None:
    place = Place()

    row = [place.vacate(lived_seconds=1) for _ in range(2000)]

    assert row == sorted(row)
    assert row[-1] == LONGEST_PAUSE_SECONDS
    assert place.vacate(lived_seconds=GOOD_WHILE_SECONDS) == 0


@pytest.mark.parametrize(
    ("number", "whole_group"),
    [(signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGINT, True)],
    ids=["kill", "control group", "Ctrl-C"],
)
def test_all_are_drained(number: int, *, whole_group: bool, tmp_path: Path) -> None:
    with several(tmp_path, seconds=1) as program:
        workers(program)
        with (
            peers.stream(program),
            peers.websocket(program),
            peers.idle(program),
            peers.asking(program, "GET /slow/0.4") as client,
        ):
            program.says("slow")

            status, seconds = program.stopped(number, whole_group=whole_group)

            answer = peers.everything_from(client)
    assert status == 0
    assert seconds < LIMIT_SECONDS
    assert answer.endswith(b"\r\n\r\nslow")
    assert program.out.count("after serving") == WORKERS


def test_nobody_waits_for_workers_that_only_end(two_workers: Program) -> None:
    port = two_workers.port
    with peers.asking(two_workers, "GET /slow/60.0"):
        two_workers.says("slow")
        two_workers.process.send_signal(signal.SIGTERM)

        until(lambda: not listens(port), within=LIMIT_SECONDS)

        assert two_workers.process.poll() is None, "it is still answering the slow request"


@pytest.mark.parametrize("whole_group", [False, True], ids=["supervisor", "group"])
def test_a_second_signal_ends_all_at_once(*, whole_group: bool, tmp_path: Path) -> None:
    with several(tmp_path, seconds=LONG_SECONDS) as program:
        before = workers(program)
        with peers.slow(program):
            program.process.send_signal(signal.SIGTERM)
            program.complains("stopping", times=1 + WORKERS)
            time.sleep(2 * SAME_GESTURE_SECONDS)

            status, seconds = program.stopped(whole_group=whole_group)

    assert status == -signal.SIGTERM
    assert seconds < 1
    assert all(map(is_gone, before))


def test_stopped_while_it_starts_it_ends_well(tmp_path: Path) -> None:
    with several(tmp_path, seconds=LONG_SECONDS, code=WAITING) as program:
        until(lambda: len(children(program.process.pid)) == WORKERS)
        os.killpg(program.process.pid, signal.SIGINT)
        program.complains("stopping")
        (tmp_path / "go").touch()

        status = program.ended()

    assert status == 0
    assert "http://" not in program.out
    assert "Traceback" not in program.err


def test_workers_that_hang_are_ended(two_workers: Program) -> None:
    blocked, stopped = before = workers(two_workers)
    with taken_by(blocked, of=before), peers.asking(two_workers, "GET /stuck"):
        two_workers.says("stuck")
        os.kill(stopped, signal.SIGSTOP)

        status, seconds = two_workers.stopped()

    assert status == 1
    assert seconds < LIMIT_SECONDS
    assert "in stuck" in two_workers.err
    assert f"worker killed, it took too long pid={stopped}" in two_workers.err
    assert is_gone(blocked)
    assert is_gone(stopped)


def test_without_their_supervisor_they_drain(tmp_path: Path) -> None:
    with several(tmp_path, seconds=0.8) as program, ExitStack() as clients:
        stuck, other = before = workers(program)
        with taken_by(stuck, of=before):
            clients.enter_context(peers.asking(program, "GET /stuck"))
            program.says("stuck")
        client = clients.enter_context(peers.asking(program, "GET /slow/0.3"))
        program.says("slow")
        program.process.kill()

        answer = peers.everything_from(client)
        until(lambda: is_gone(stuck) and is_gone(other), within=LIMIT_SECONDS)

    assert answer.endswith(b"\r\n\r\nslow")


def test_closing_its_terminal_stops_it(tmp_path: Path) -> None:
    ours, its = os.openpty()
    with several(tmp_path, terminal=its) as program:
        os.close(its)
        before = workers(program)

        os.close(ours)

        assert program.ended(within=LIMIT_SECONDS) == 0
    assert all(map(is_gone, before))
