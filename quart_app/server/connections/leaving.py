"""The end of a connection: when its peer has read everything, or at once."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress

_MOST_READ = 64 * 1024
# Of a peer that sends without end, in one go.
_MOST_READS = 16
_BY_RESET = struct.pack("ii", 1, 0)


def stop_sending(descriptor: int) -> None:
    """Tell the peer that this was all."""
    sock = socket.socket(fileno=descriptor)
    try:
        with suppress(OSError):  # the peer is gone
            sock.shutdown(socket.SHUT_WR)
    finally:
        sock.detach()


def close_by_reset(sock: socket.socket) -> None:
    """Once it is closed, have the peer hear that it was cut off."""
    with suppress(OSError):  # it has just ended by itself
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _BY_RESET)


def has_read_all(descriptor: int) -> bool:
    """Take what the peer still sends, up to its end; whether that has come."""
    try:
        return b"" in (os.read(descriptor, _MOST_READ) for _ in range(_MOST_READS))
    except BlockingIOError:
        return False
    except OSError:
        return True
