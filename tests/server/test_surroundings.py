"""Neither a terminal, nor standard streams, nor signals that mean something elsewhere, do harm."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from quart_app.server import scarcity_of_descriptors
from quart_app.server.stopping import NO_RELOAD
from quart_app.settings import ServerSettings
from tests.kit.processes import PYTHON, Program
from tests.server import peers
from tests.server.load import Load
from tests.server.several import children

LIMIT_SECONDS = 5.0
APP = ("tests.server.programs.everything", "0.3", "fastest", "0")
WITHOUT_MEANING = (signal.SIGUSR1, signal.SIGUSR2)
CLOSED = {"<&-": (0,), ">&-": (1,), "2>&-": (2,), "<&- >&- 2>&-": (0, 1, 2)}
SUPERVISION = {"alone": (), "supervised": ("--supervised",), "two workers": ("--workers", "2")}


@contextmanager
def serving(folder: Path, *args: str, streams: str = "") -> Iterator[Program]:
    """The login pages, started by a shell that does this to standard streams."""
    by = ("sh", "-c", f'exec "$@" {streams}', "sh", *PYTHON)
    words = ("quart_app", "serve", "--bind", "127.0.0.1:{port}", "--data-dir", str(folder / "data"))
    with Program.running(*words, *args, by=by) as program:
        program.answers()
        yield program


def of_all(program: Program) -> list[int]:
    """The process and its workers."""
    return [program.process.pid, *children(program.process.pid)]


def test_closing_its_terminal_stops_it_well() -> None:
    ours, its = os.openpty()
    with Program.running(*APP, terminal=its) as program:
        os.close(its)
        with peers.asking(program, "GET /slow/0.2") as client:
            program.says("slow")

            os.close(ours)

            answer = peers.everything_from(client)
        assert program.ended(within=LIMIT_SECONDS) == 0
    assert answer.endswith(b"\r\n\r\nslow")


def test_a_hangup_while_its_terminal_is_there_ends_nothing() -> None:
    ours, its = os.openpty()
    with Program.running(*APP, terminal=its) as program:
        program.answers()
        program.process.send_signal(signal.SIGHUP)
        program.complains(NO_RELOAD)

        program.answers()
    os.close(its)
    os.close(ours)


def test_without_supervisor_a_hangup_says_what_reloading_takes(tmp_path: Path) -> None:
    with serving(tmp_path) as program:
        program.process.send_signal(signal.SIGHUP)
        program.complains(NO_RELOAD)

        program.answers()
        status, _ = program.stopped()

    assert status == 0


def test_one_worker_under_a_supervisor_is_replaced_and_nobody_is_turned_away(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, "--supervised") as program:
        before = children(program.process.pid)
        with Load.on(program.port, "/healthz") as load:
            load.goes_on(20)
            program.process.send_signal(signal.SIGHUP)
            program.complains("workers replaced")
            load.goes_on(20)
        after = children(program.process.pid)

    assert load.failures == []
    assert len(before) == len(after) == 1
    assert before.keys().isdisjoint(after)
    assert "supervised (SIGHUP replaces its worker)" in program.out


@pytest.mark.parametrize("supervision", SUPERVISION)
def test_signals_that_mean_nothing_here_do_no_harm(supervision: str, tmp_path: Path) -> None:
    with serving(tmp_path, *SUPERVISION[supervision]) as program:
        before = of_all(program)
        for pid in before:
            for number in WITHOUT_MEANING:
                os.kill(pid, number)

        program.answers()
        assert of_all(program) == before
        status, _ = program.stopped()

    assert status == 0
    assert "worker ended" not in program.err


@pytest.mark.parametrize("supervision", SUPERVISION)
@pytest.mark.parametrize("streams", CLOSED)
def test_in_the_place_of_a_closed_stream_there_is_nothing_else(
    streams: str, supervision: str, tmp_path: Path
) -> None:
    with serving(tmp_path, *SUPERVISION[supervision], streams=streams) as program:
        for pid in of_all(program):
            for number in CLOSED[streams]:
                assert os.readlink(f"/proc/{pid}/fd/{number}") == os.devnull
        status, _ = program.stopped()

    assert status == 0


@pytest.mark.parametrize("supervision", SUPERVISION)
def test_a_full_disk_for_what_it_says_does_no_harm(supervision: str, tmp_path: Path) -> None:
    with serving(tmp_path, *SUPERVISION[supervision], streams=">/dev/full 2>/dev/full") as program:
        status, _ = program.stopped()

    assert status == 0


FEW_DESCRIPTORS = ("sh", "-c", 'ulimit -n 64; exec "$@"', "sh", *PYTHON)
ROOM_FOR_ONE = "room for one connection at a time only: raise the limit of descriptors"


def test_check_says_that_few_descriptors_leave_little_room(tmp_path: Path) -> None:
    words = ("quart_app", "check", "--data-dir", str(tmp_path / "data"))
    with Program.running(*words, by=FEW_DESCRIPTORS) as program:
        program.ended()

    assert f"  {ROOM_FOR_ONE}" in program.out


def test_more_connections_than_descriptors_allow_are_not_promised() -> None:
    asked = scarcity_of_descriptors(ServerSettings(max_connections=1 << 40))

    assert asked is not None
    assert scarcity_of_descriptors(ServerSettings(max_connections=1)) is None
