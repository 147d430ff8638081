"""One worker as its supervisor sees it, and the place among N that it fills; no policy."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from quart_app.server import notify
from quart_app.server.listening.address import Listening
from quart_app.server.stopping import HELD_BACK_AT_START
from quart_app.server.workers import inherited

# One that lives so long is not one of a row of failures.
GOOD_WHILE_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# By then the pause has long been the longest.
COUNTED_FAILURES = 10


@dataclass(slots=True, eq=False)
class Place:
    """For one worker, and during a reload also for the one that is to succeed it."""

    worker: Worker | None = None
    successor: Worker | None = None
    empty_until: float = 0.0
    _failures: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether no worker serves here or is about to."""
        return self.worker is None and self.successor is None

    def vacate(self, *, lived_seconds: float) -> float:
        """Its worker is no more. Returns the seconds that it stays empty: none the first time."""
        self._failures = min(self._failures + 1, COUNTED_FAILURES)
        if lived_seconds >= GOOD_WHILE_SECONDS:
            self._failures = 1
        pause = 0.0
        if self._failures > 1:
            pause = min(FIRST_PAUSE_SECONDS * 2 ** (self._failures - 2), LONGEST_PAUSE_SECONDS)
        self.empty_until = time.monotonic() + pause
        return pause


@dataclass(slots=True, eq=False, kw_only=True)
class Worker:
    """A process that serves, is about to, or is about to end."""

    pid: int
    line: socket.socket
    place: Place
    generation: int
    kill_at: float
    is_serving: bool = False
    is_leaving: bool = False
    complaint: str | None = None
    started_at: float = field(default_factory=time.monotonic)

    @classmethod
    def start(
        cls, listening: Listening, *, place: Place, generation: int, limit_seconds: float
    ) -> Self:
        """The command that started this process, once more and from the beginning, so that it
        runs the code that is there now. Raises `OSError`."""
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            given = [its.fileno(), *(sock.fileno() for sock in listening.sockets)]
            environment = {
                **os.environ,
                inherited.VARIABLE: inherited.written(its, listening),
            }
            # Only the main process of a service is believed.
            environment.pop(notify.VARIABLE, None)
            try:
                pid = os.posix_spawn(
                    sys.executable,
                    [sys.executable, *sys.orig_argv[1:]],
                    environment,
                    # To itself: that alone makes it one that the new program inherits.
                    file_actions=[(os.POSIX_SPAWN_DUP2, number, number) for number in given],
                    # Until it can do something about them.
                    setsigmask=HELD_BACK_AT_START,
                )
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        return cls(
            pid=pid,
            line=ours,
            place=place,
            generation=generation,
            kill_at=time.monotonic() + limit_seconds,
        )

    def stop(self, *, limit_seconds: float) -> None:
        """Let it drain as a server does that stops."""
        if not self.is_leaving:
            with suppress(OSError):  # it has ended just now
                self.line.send(inherited.STOP)
            self._leave(limit_seconds)

    def retire(self, *, limit_seconds: float) -> None:
        """Let it drain at once: another one serves in its place."""
        if not self.is_leaving:
            with suppress(OSError):
                self.line.shutdown(socket.SHUT_WR)
            self._leave(limit_seconds)

    def kill(self) -> None:
        """End it."""
        self.kill_at = float("inf")
        # Its id is no other process's until its end has been taken note of.
        os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> int | None:
        """Its exit code, as in `subprocess`; `None` while it lives."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def _leave(self, limit_seconds: float) -> None:
        self.is_leaving = True
        self.kill_at = time.monotonic() + limit_seconds
