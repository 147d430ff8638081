"""A standard error that nobody reads, or that cannot be written to, holds nothing up."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import httpx
import pytest

from quart_app.cli import writer
from quart_app.cli.writer import Lines, Writer
from tests.kit.polling import until
from tests.kit.processes import Program

LIMIT_SECONDS = 5.0
APP = "tests.cli.programs.noisy:app"
BIND = ("--bind", "127.0.0.1:0")


@dataclass
class Pipe:
    """Both ends; the reading one is read by the test only."""

    reading: int
    writing: int

    def fill(self) -> None:
        os.set_blocking(self.writing, False)
        try:
            while True:
                os.write(self.writing, b"-" * 1024)
        except BlockingIOError:
            os.set_blocking(self.writing, True)

    def read(self) -> str:
        return os.read(self.reading, 1 << 20).decode()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reading, writing = os.pipe()
    yield Pipe(reading, writing)
    os.close(reading)
    os.close(writing)


@contextmanager
def stalled(pipe: Pipe, *words: str) -> Iterator[Program]:
    """A server whose standard error takes nothing any more."""
    with Program.running("quart_app", "serve", APP, *BIND, *words, stderr=pipe.writing) as it:
        assert it.port
        pipe.fill()
        yield it


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_answers_and_stops(pipe: Pipe, workers: str) -> None:
    with stalled(pipe, "--workers", workers) as program:
        for _ in range(4):
            with program.client() as client:
                assert client.get("/log").text == "said"

        status, seconds = program.stopped()

    assert status == 0
    assert seconds < LIMIT_SECONDS


@pytest.mark.parametrize(("workers", "status"), [("1", -signal.SIGALRM), ("2", 1)])
def test_a_handler_that_hangs_does_not_hold_up_a_stop(
    pipe: Pipe, workers: str, status: int
) -> None:
    with stalled(pipe, "--workers", workers) as program:
        with pytest.raises(httpx.ReadTimeout), program.client() as client:
            client.get("/stuck", timeout=0.5)

        ended, seconds = program.stopped()

    assert ended == status
    assert seconds < LIMIT_SECONDS + 1


def test_a_worker_that_ends_is_replaced(pipe: Pipe) -> None:
    with stalled(pipe, "--workers", "2") as program:
        pids = Path(f"/proc/{program.process.pid}/task/{program.process.pid}/children")
        before = pids.read_text().split()
        os.kill(int(before[0]), signal.SIGKILL)

        until(lambda: len({*pids.read_text().split()} - {*before}) == 1)


def test_a_full_disk_does_no_harm() -> None:
    with (
        open("/dev/full", "wb") as full,
        Program.running("quart_app", "serve", APP, *BIND, stderr=full.fileno()) as program,
    ):
        with program.client() as client:
            answer = client.get("/log")
        status, _ = program.stopped()

    assert answer.text == "said"
    assert status == 0


def test_what_was_dropped_is_counted(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_WAITING", 10)
    written = Writer(pipe.writing)
    pipe.fill()
    written.write("the first, which the thread holds in its hand")
    until(lambda: written._waiting.empty())
    for number in range(15):
        written.write(f"line {number}")

    said = ""
    while "dropped" not in said:
        said += pipe.read()

    *_, last, told = said.replace("-", "").splitlines()
    assert last == "line 9"
    assert told == "5 log lines were dropped: they were not taken in time"


def test_a_pipe_that_does_not_block_loses_nothing(pipe: Pipe) -> None:
    pipe.fill()
    os.set_blocking(pipe.writing, False)
    written = Writer(pipe.writing)
    written.write("a line")

    said = ""
    while "a line\n" not in said:
        said += pipe.read()


def test_what_prints_to_standard_error_is_written_line_by_line(pipe: Pipe) -> None:
    written = Writer(pipe.writing)
    stream = Lines(written, pipe.writing)

    print("half a ", end="", file=stream)
    written.write("between")
    print("line", file=stream)
    written.finish()

    assert pipe.read() == "between\nhalf a line\n"


def test_lines_of_a_child_that_goes_on_are_written(pipe: Pipe) -> None:
    written = Writer(pipe.writing)
    if (pid := os.fork()) == 0:
        written.write("from the child")
        written.finish()
        os._exit(0)
    os.waitpid(pid, 0)

    assert pipe.read() == "from the child\n"


def test_without_a_thread_lines_are_written_all_the_same(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Event:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread", refuse)

    Writer(pipe.writing).write("a line")

    assert pipe.read() == "a line\n"
