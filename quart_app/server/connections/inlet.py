"""What comes into a connection, where the kernel says once only that there is something."""

from __future__ import annotations

import socket
from collections.abc import Callable

MOST_READ = 64 * 1024


class Inlet:
    """Bytes from a socket."""

    def __init__(self, sock: socket.socket, give_up: Callable[[], None]) -> None:
        self.has_unread = False
        """There may be something."""
        self._socket = sock
        self._give_up = give_up

    def read(self, *, to_the_end: bool) -> bytes | None:
        """What is here, none at the end; `None` if there is nothing yet. `to_the_end`: the peer has
        sent its last, so that there is something until that is read."""
        try:
            data = self._socket.recv(MOST_READ)
        except BlockingIOError:
            self.has_unread = False
            return None
        except OSError:
            self._give_up()
            return b""
        self.has_unread = to_the_end or len(data) == MOST_READ
        return data
