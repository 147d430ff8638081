"""Watches the sockets of a process with one epoll; says which has something, not what to do."""

from __future__ import annotations

import select
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress

# To asyncio a connection is a transport, a protocol, buffers and a handler of its own. To epoll it
# is a number. Edge-triggered, so that nothing has to be told when a connection comes to rest or
# wakes: a reader reads until there is nothing left.
_ARRIVALS = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET
GONE = select.EPOLLHUP | select.EPOLLERR
LEFT = select.EPOLLRDHUP | GONE  # or it only stopped sending
WRITABLE = select.EPOLLOUT
# More wait for the next round, so that no other task of the event loop does.
_MOST_AT_ONCE = 256
_AGAIN_SECONDS = 0.1


class Watch:
    """Calls `on_ready(descriptor, events)` from the event loop, and `on_failed` if that fails."""

    def __init__(
        self,
        loop: AbstractEventLoop,
        on_ready: Callable[[int, int], None],
        on_failed: Callable[[int, Exception], None],
        watched: Callable[[], list[int]],
    ) -> None:
        self._loop = loop
        self._on_ready = on_ready
        self._on_failed = on_failed
        self._watched = watched
        self._epoll = select.epoll()
        loop.add_reader(self._epoll.fileno(), self._look)

    def add(self, descriptor: int) -> None:
        """Watch it from now on."""
        self._epoll.register(descriptor, _ARRIVALS)

    def forget(self, descriptor: int) -> None:
        """It is about to be closed. By itself a socket is forgotten only where no child process has
        it too: what arrives there would then be said of the next one with this number."""
        with suppress(OSError, ValueError):  # it was never here, or the watch is closed
            self._epoll.unregister(descriptor)

    def tell_when_writable(self, descriptor: int) -> None:
        """Watch for room to write as well; to be asked for again after each time."""
        self._epoll.modify(descriptor, _ARRIVALS | select.EPOLLOUT)

    def close(self) -> None:
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    def _look(self) -> None:
        try:
            arrived = self._epoll.poll(0, _MOST_AT_ONCE)
        except (OSError, MemoryError):
            # What the kernel has told it does not tell again, unless it is asked.
            self._loop.call_later(_AGAIN_SECONDS, self._look_at_all_again)
            return
        for descriptor, events in arrived:
            try:
                self._on_ready(descriptor, events)
            except Exception as exc:  # noqa: BLE001 - each for itself
                # That may fail too. The kernel says once only what the others of this round have.
                with suppress(Exception):
                    self._on_failed(descriptor, exc)

    def _look_at_all_again(self) -> None:
        for descriptor in self._watched():
            with suppress(OSError, ValueError):
                self._epoll.modify(descriptor, _ARRIVALS | select.EPOLLOUT)
