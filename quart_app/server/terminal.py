"""What a process has from whoever started it: three standard streams, and perhaps a terminal."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import suppress

_STDERR = 2


def keep_standard_streams() -> None:
    """Have all three open until the process ends, and its status depend on none of them."""
    # The number of one that is closed would be a socket's or a file's, and what is printed would go
    # there, from this process or a worker.
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    atexit.register(_forget_what_cannot_be_printed)


def _forget_what_cannot_be_printed() -> None:
    # On a full disk, say. Python would try once more and, failing, end with status 120.
    for stream in (sys.stdout, sys.stderr):
        if stream is None or stream.closed:
            continue
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


class Terminal:
    """The one that the process was started from, if any, and if its end is to be the server's."""

    def __init__(self) -> None:
        self._descriptor: int | None = None
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as by nohup(1)
            with suppress(OSError):  # there is none
                self._descriptor = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)

    @property
    def is_gone(self) -> bool:
        """Whether its window has been closed, so that no operator can reach the server there."""
        return self._descriptor is not None and not os.isatty(self._descriptor)
