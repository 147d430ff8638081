"""Connections on which everything has been said, until the peer has heard it."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

# Closed at once, a socket with bytes that are still unread here takes back the answer before.
_SECONDS = 2.0
_MOST_READ = 64 * 1024
# Of a peer that sends without end, in one go.
_MOST_READS = 16


class Leaving:
    """By descriptor, the longest first."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self._since)

    def __contains__(self, descriptor: int) -> bool:
        return descriptor in self._since

    def enter(self, descriptor: int, *, now: float) -> None:
        """Tell the peer that this was all."""
        self._since[descriptor] = now
        sock = socket.socket(fileno=descriptor)
        with suppress(OSError):
            sock.shutdown(socket.SHUT_WR)
        sock.detach()

    def forget(self, descriptor: int) -> None:
        self._since.pop(descriptor, None)

    def overdue(self, *, now: float) -> list[int]:
        """Those that have had their time."""
        return [each for each, since in self._since.items() if since <= now - _SECONDS]

    def longest(self) -> int | None:
        """The one that has been waited for longest."""
        return next(iter(self._since), None)

    def all(self) -> list[int]:
        return list(self._since)


def has_read_all(descriptor: int) -> bool:
    """Take what the peer still sends, up to its end; whether that has come."""
    try:
        return b"" in (os.read(descriptor, _MOST_READ) for _ in range(_MOST_READS))
    except BlockingIOError:
        return False
    except OSError:
        return True
