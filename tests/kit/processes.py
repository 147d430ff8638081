"""A program in a process of its own: started, heard, stopped, and gone at the end of a block."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Self, TypeVar

import httpx
import pytest

from tests.kit.polling import PATIENCE_SECONDS, until

ROOT = Path(__file__).parents[2]
PYTHON = (sys.executable, "-m")
_STARTED = re.compile(r"http://\S+:(\d+)")

T = TypeVar("T")


def python(
    *words: str,
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    typed: str = "",
    within: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Python with these arguments, and this on its standard input, run to its end."""
    return subprocess.run(
        [sys.executable, *words],
        env={**_inherited(), **(environment or {})},
        cwd=cwd,
        input=typed,
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )


def free_port() -> int:
    """Where nothing listens, below the ports that the kernel gives to connections going out: one of
    those could be taken before the server that is meant for it has started."""
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def listens(port: int) -> bool:
    """Whether a server accepts connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Program:
    """A running one, and what it has said until now."""

    def __init__(
        self, process: subprocess.Popen[bytes], *, port: int | None, out: IO[bytes], err: IO[bytes]
    ) -> None:
        self.process = process
        self._port = port
        self._out, self._err = out, err
        self._last_words: tuple[str, str] | None = None

    @classmethod
    @contextmanager
    def running(
        cls,
        *words: str,
        by: Sequence[str] = PYTHON,
        environment: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        terminal: int | None = None,
        stderr: int | None = None,
    ) -> Iterator[Self]:
        """A module of Python's with these arguments, or another command; `{port}` is a free one.
        It has a group of its own, which is killed at the end. A terminal is for it alone, as one
        that a user has opened. With a standard error of the test's, `err` has nothing."""
        port = free_port() if any("{port}" in word for word in words) else None
        command = [*by, *(word.replace("{port}", str(port)) for word in words)]
        with TemporaryFile() as out, TemporaryFile() as err:
            process = subprocess.Popen(
                command if terminal is None else ["setsid", "--ctty", *command],
                stdin=terminal,
                stdout=out,
                stderr=err if stderr is None else stderr,
                cwd=cwd,
                env={**_inherited(), **(environment or {})},
                process_group=0 if terminal is None else None,
            )
            program = cls(process, port=port, out=out, err=err)
            try:
                yield program
            finally:
                program.kill()
                program._last_words = program.out, program.err

    @property
    def out(self) -> str:
        """What it has printed."""
        return self._last_words[0] if self._last_words else _written_to(self._out)

    @property
    def err(self) -> str:
        """What it has logged."""
        return self._last_words[1] if self._last_words else _written_to(self._err)

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def port(self) -> int:
        """The one that was given, or else that of the start-up line; waits for it."""
        return self._port or int(self.until(lambda: _STARTED.search(self.out))[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def descriptors(self) -> int:
        """How many it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def client(self, cookies: httpx.Cookies | None = None) -> httpx.Client:
        """A browser of its own, without the wish to go where it is sent."""
        return httpx.Client(base_url=self.url, cookies=cookies, timeout=5)

    def until(self, condition: Callable[[], T | None]) -> T:
        """Wait for it; fails if the program ends before."""
        until(lambda: condition() or self.process.poll() is not None)
        if not (met := condition()):
            pytest.fail(f"it ended before that:\n{self.said}")
        return met

    def listens(self) -> None:
        """Wait until it accepts connections."""
        self.until(lambda: listens(self.port))

    def answers(self) -> None:
        """Wait until it answers, whatever it says."""

        def answers() -> bool:
            with suppress(httpx.TransportError), self.client() as client:
                return client.get("/healthz").status_code < 500
            return False

        self.until(answers)

    def says(self, words: str, *, times: int = 1) -> None:
        """Wait until it has printed this."""
        self.until(lambda: self.out.count(words) >= times)

    def complains(self, words: str, *, times: int = 1) -> None:
        """Wait until it has logged this."""
        self.until(lambda: self.err.count(words) >= times)

    def ended(self, *, within: float = PATIENCE_SECONDS) -> int:
        """Wait for its end; the exit status."""
        return self.process.wait(within)

    def stopped(
        self, number: int = signal.SIGTERM, *, whole_group: bool = False
    ) -> tuple[int, float]:
        """Send the signal, to its workers too if it has some and it is for the whole group; the
        exit status, and how many seconds it took."""
        began = time.monotonic()
        send = os.killpg if whole_group else os.kill
        send(self.process.pid, number)
        return self.ended(), time.monotonic() - began

    def ends_by(self, number: int) -> bool:
        """Send the signal once more, unless it has ended."""
        self.process.send_signal(number)
        return self.process.poll() is not None

    def kill(self) -> None:
        """End it and its workers, if they are still there."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.ended()


def _inherited() -> dict[str, str]:
    # Whoever runs the tests may have settings of their own.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUART_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _written_to(file: IO[bytes]) -> str:
    # Its place in the file is also that of the program, so it must stay where it is.
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode()
