"""Ends the process when stopping it takes too long, whatever it is busy with.

The kernel keeps the time, and its signal ends the process by default. So nothing has to be started
when the time has come: neither a thread, which the system may refuse, nor a line of Python, for
which a handler that holds Python's lock leaves no room.
"""

from __future__ import annotations

import atexit
import faulthandler
import logging
import os
import signal
import stat
import threading
from contextlib import suppress
from datetime import timedelta
from types import FrameType

THREADS_SECONDS = 0.3
_LAST_WORDS_SECONDS = 0.2
_STDERR = 2

log = logging.getLogger(__name__)


class Watchdog:
    """The one of a process. It takes SIGALRM for itself."""

    def __init__(self) -> None:
        self._has_left = False
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
        self._own_line = _opened_anew(_STDERR)
        line = _STDERR if self._own_line is None else self._own_line
        # Shows where the process hangs, without Python's lock too; then the default follows.
        faulthandler.register(signal.SIGALRM, file=line, all_threads=True, chain=True)

    def watch(self, limit: timedelta) -> None:
        """End the process once so much time has passed. From any thread; the last call counts."""
        if self._has_left:
            return
        if self._own_line is None:
            # Others may have the journal's socket too, but it is for a few seconds only.
            _let_stderr_wait(may=False)
        signal.setitimer(signal.ITIMER_REAL, limit.total_seconds())

    def leave(self, status: int) -> None:
        """Have the process end in a moment, with this status. Python would wait for threads that
        are still busy with a handler's slow call, for ever if need be."""

        def on_alarm(_number: int, _frame: FrameType | None) -> None:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            # Nobody may read the log.
            signal.setitimer(signal.ITIMER_REAL, _LAST_WORDS_SECONDS)
            _end(status)

        self._has_left = True
        if self._own_line is None:
            _let_stderr_wait(may=True)
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.unregister(signal.SIGALRM)
        signal.signal(signal.SIGALRM, on_alarm)
        signal.setitimer(signal.ITIMER_REAL, THREADS_SECONDS + _LAST_WORDS_SECONDS)
        # Earlier, and also where a task's last call keeps Python from hearing the signal.
        timer = threading.Timer(THREADS_SECONDS, _end, (status,))
        timer.daemon = True
        with suppress(RuntimeError):  # the system gives no thread
            timer.start()
        # Python has no handlers any more while it tidies up, after the last thread's end.
        atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)


def _end(status: int) -> None:
    try:
        log.warning("threads or tasks did not end in time")
        logging.shutdown()
    finally:
        os._exit(status)


def _let_stderr_wait(*, may: bool) -> None:
    with suppress(OSError):  # the application has closed it
        os.set_blocking(_STDERR, may)


def _opened_anew(descriptor: int) -> int | None:
    """Another way to the same place, on which a write fails rather than waits; `None` for a socket,
    or the pipe of another user."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor  # does not keep anybody waiting, and shares its place in the file
    try:
        return os.open(f"/dev/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return None
