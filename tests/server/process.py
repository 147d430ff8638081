"""A program that serves, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 20.0


def until(condition: Callable[[], object], *, within: float = PATIENCE_SECONDS) -> None:
    """Poll. Fails when it takes too long."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


class Program:
    """A running one, and what it has printed."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self._folder = folder

    @classmethod
    @contextmanager
    def running(
        cls,
        *args: str,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        terminal: int | None = None,
    ) -> Iterator[Self]:
        """`python -m` with these arguments, in a group of its own; killed at the end if it still
        runs. A terminal is for it alone, as one that a user has opened."""
        before = [] if terminal is None else ["setsid", "--ctty"]
        folder.mkdir(exist_ok=True)
        with (
            open(folder / "out", "wb") as out,
            open(folder / "err", "wb") as err,
            subprocess.Popen(
                [*before, sys.executable, "-m", *args],
                stdin=terminal,
                stdout=out,
                stderr=err,
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                process_group=0 if terminal is None else None,
            ) as process,
        ):
            try:
                yield cls(process, folder)
            finally:
                process.kill()

    @property
    def out(self) -> str:
        return (self._folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self._folder / "err").read_text()

    @property
    def port(self) -> int:
        """Of the start-up line; waits for it."""
        url = r"http://\S+:(\d+)"
        until(lambda: re.search(url, self.out) or self.process.poll() is not None)
        found = re.search(url, self.out)
        assert found, f"did not start: {self.out}{self.err}"
        return int(found[1])

    def says(self, words: str, *, times: int = 1) -> None:
        """Wait until it has printed this."""
        until(lambda: self.out.count(words) >= times)

    def complains(self, words: str, *, times: int = 1) -> None:
        """Wait until it has logged this."""
        until(lambda: self.err.count(words) >= times)

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
        status = self.process.wait(PATIENCE_SECONDS)
        return status, time.monotonic() - began
