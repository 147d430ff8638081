"""What goes out of a connection: in few system calls, and never more than the peer takes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

# Beyond this, as with asyncio's own transports, a writer waits: until the peer has taken all.
_HIGH_WATER = 64 * 1024


class Outlet:
    """Bytes on their way into a socket."""

    def __init__(self, sock: socket.socket, tell_when_writable: Callable[[int], None]) -> None:
        self.is_broken = False
        """The peer is gone: what is written goes nowhere."""
        self._socket = sock
        self._tell_when_writable = tell_when_writable
        self._loop = asyncio.get_running_loop()
        self._pending: list[bytes | memoryview] = []
        self._size = 0
        self._is_due = False
        # A handler, a ping and the task that closes may wait at the same time.
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def is_empty(self) -> bool:
        return not self._size

    async def write(self, data: bytes, *, at_once: bool = False) -> None:
        """Head and body of an answer may be written one after the other, and leave together."""
        if self.is_broken:
            # Nothing here would wait any more, and a handler that only sends would hold up the
            # event loop for ever.
            await asyncio.sleep(0)
            return
        if data:
            self._pending.append(data)
            self._size += len(data)
        if at_once:
            self.flush()
        elif not self._is_due and self._size:
            self._is_due = True
            self._loop.call_soon(self.flush)
        if self._size > _HIGH_WATER:
            await self.emptied()

    async def emptied(self) -> None:
        """Wait until the peer has taken everything, or is gone."""
        self.flush()
        while self._size:
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter

    def flush(self) -> None:
        """Send what the socket takes now."""
        self._is_due = False
        if not self._size:
            return
        data = self._pending[0] if len(self._pending) == 1 else b"".join(self._pending)
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.give_up()
            return
        self._size = len(data) - sent
        self._pending = [memoryview(data)[sent:]] if self._size else []
        if self._size:
            self._is_due = True  # as soon as there is room
            self._tell_when_writable(self._socket.fileno())
        elif self._waiters:
            self._release()

    def give_up(self) -> None:
        """The peer takes no more."""
        self.is_broken = True
        self._pending, self._size = [], 0
        self._release()

    def _release(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()
