"""When the process is asked to stop, and what makes sure that it does."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from datetime import timedelta
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# One Ctrl-C may arrive twice: from the terminal, and from a wrapper such as timeout(1).
SAME_GESTURE_SECONDS = 0.2
THREADS_SECONDS = 0.3
# The watch fails for longer ones, which nobody means.
LONGEST_WATCH = timedelta(days=365)

log = logging.getLogger(__name__)


class StopSignals:
    """The first SIGINT or SIGTERM asks to stop, a second one ends the process at once.

    Should stopping take longer than the limit (a handler that blocks the event loop, for one) the
    process ends with status 1, and prints where it hangs.
    """

    def __init__(self, *, limit: timedelta) -> None:
        self._limit = min(limit, LONGEST_WATCH)
        self._asked = asyncio.Event()
        self._asked_at: float | None = None
        self._loop = asyncio.get_running_loop()
        for number in SIGNALS:
            # Not the event loop's way: it would not hear anything while a handler blocks it.
            signal.signal(number, self._on_signal)

    async def wait(self) -> None:
        """Until the process is asked to stop."""
        await self._asked.wait()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._asked_at is None:
            self._asked_at = now
            if sys.stderr is not None:
                # Its watch is kept without Python's lock, so it works whatever the program does.
                faulthandler.dump_traceback_later(self._limit.total_seconds(), exit=True)
            self._loop.call_soon_threadsafe(self._asked.set)
        elif now - self._asked_at > SAME_GESTURE_SECONDS:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)


def leave(status: int) -> None:
    """The process is about to end. Threads that are still busy, with a handler's slow call, are
    not waited for, as Python would, with and without end."""
    faulthandler.cancel_dump_traceback_later()
    timer = threading.Timer(THREADS_SECONDS, _exit, (status,))
    timer.daemon = True
    timer.start()


def _exit(status: int) -> None:
    log.warning("threads or tasks did not end in time")
    logging.shutdown()
    os._exit(status)
