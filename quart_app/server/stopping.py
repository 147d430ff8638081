"""When the process is asked to stop, and what makes sure that it does."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import Self

from quart_app.server.terminal import Terminal
from quart_app.server.watchdog import Watchdog
from quart_app.settings import ServerSettings

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# Mean something to other servers, and would end this one.
WITHOUT_MEANING = (signal.SIGUSR1, signal.SIGUSR2)
HELD_BACK_AT_START = (*SIGNALS, *WITHOUT_MEANING, signal.SIGHUP)
NO_RELOAD = "SIGHUP reloads nothing here: that takes two workers, or --supervised"
# After the requests: for handlers to clean up, and for the application to shut down. With the
# default of SHUTDOWN_TIMEOUT, all of it together stays below five seconds.
AFTER_REQUESTS = timedelta(seconds=1.4)
WATCHDOG_MARGIN = timedelta(seconds=0.2)
# One Ctrl-C may arrive twice: from the terminal, and from a wrapper such as timeout(1).
SAME_GESTURE_SECONDS = 0.2
# The kernel keeps no time for longer ones, which no operator means.
LONGEST_WATCH = timedelta(days=365)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long the parts of stopping may take."""

    delay: timedelta
    requests: timedelta

    @classmethod
    def of(cls, settings: ServerSettings) -> Self:
        """As they are configured."""
        return cls(delay=settings.shutdown_delay, requests=settings.shutdown_timeout)

    @property
    def drained(self) -> timedelta:
        """From the end of the delay until the application has shut down."""
        return self.requests + AFTER_REQUESTS

    def watchdog(self, *, at_once: bool) -> timedelta:
        """From the beginning until the process is ended; `at_once` there is no delay."""
        delay = timedelta() if at_once else self.delay
        return min(delay + self.drained + WATCHDOG_MARGIN, LONGEST_WATCH)


class StopSignals:
    """The first SIGINT or SIGTERM asks to stop, a second one ends the process at once. So does
    SIGHUP, if it says that the terminal is gone.

    Should stopping take longer than the limit (a handler that blocks the event loop, for one) the
    watchdog ends the process.
    """

    def __init__(self, times: Times, watchdog: Watchdog) -> None:
        self._times = times
        self._watchdog = watchdog
        self._asked = asyncio.Event()
        self._hurried = asyncio.Event()
        self._is_asked = False
        self.is_hurried = False
        self._signalled_at: float | None = None
        self._loop = asyncio.get_running_loop()
        self._terminal = Terminal()
        for number in SIGNALS:
            # Not the event loop's way: it would not hear anything while a handler blocks it.
            signal.signal(number, self._on_signal)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_hangup)
        for number in WITHOUT_MEANING:
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, lambda *_: None)
        # A worker is started with them blocked.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK_AT_START)

    async def wait(self) -> None:
        """Wait until the process is asked to stop."""
        await self._asked.wait()

    async def delay(self) -> None:
        """Wait while new connections are still to be served, unless there is no time for it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._times.delay.total_seconds()):
                await self._hurried.wait()

    def ask(self, *, at_once: bool) -> None:
        """Ask for a stop; `at_once` without the delay. From any thread, any number of times."""
        if self.is_hurried or (self._is_asked and not at_once):
            return
        self._is_asked, self.is_hurried = True, at_once
        self._watchdog.watch(self._times.watchdog(at_once=at_once))
        with suppress(RuntimeError):  # the loop has just ended
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        self._asked.set()
        if self.is_hurried:
            self._hurried.set()

    def _on_hangup(self, number: int, frame: FrameType | None) -> None:
        if self._terminal.is_gone:
            # No operator reads on, but clients are served.
            self._on_signal(number, frame)
        else:
            self._loop.call_soon_threadsafe(log.warning, NO_RELOAD)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._signalled_at is None:
            self._signalled_at = now
            self.ask(at_once=False)
        elif now - self._signalled_at > SAME_GESTURE_SECONDS:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
