"""The end of a connection on which everything has been said, and which its peer may still read."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

_MOST_READ = 64 * 1024
# Of a peer that sends without end, in one go.
_MOST_READS = 16


def stop_sending(descriptor: int) -> None:
    """Tell the peer that this was all."""
    sock = socket.socket(fileno=descriptor)
    try:
        with suppress(OSError):  # the peer is gone
            sock.shutdown(socket.SHUT_WR)
    finally:
        sock.detach()


def has_read_all(descriptor: int) -> bool:
    """Take what the peer still sends, up to its end; whether that has come."""
    try:
        return b"" in (os.read(descriptor, _MOST_READ) for _ in range(_MOST_READS))
    except BlockingIOError:
        return False
    except OSError:
        return True
