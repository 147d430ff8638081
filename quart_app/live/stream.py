"""One open page, however its bytes reach it; many thousands of these are kept, so each is small."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from quart_app.live.events import goodbye

# What a page may be behind before it is given up.
MOST_WAITING_BYTES = 256 * 1024


class Wire(Protocol):
    """The way to a page. Neither call ever waits; after the end both do nothing."""

    def write(self, data: bytes, /) -> None:
        """Send it, or give the reader up as too slow."""

    def end(self, data: bytes = b"", /) -> None:
        """Send it, and end the stream."""


class Home(Protocol):
    """Where streams are kept."""

    def discard(self, stream: Stream) -> None:
        """Keep it no longer."""


class Nowhere:
    """The page is gone."""

    def write(self, data: bytes, /) -> None: ...

    def end(self, data: bytes = b"", /) -> None: ...


NOWHERE = Nowhere()


class Waiting:
    """Keeps what is said before the head of the answer is out."""

    __slots__ = ("_data", "is_ended")

    def __init__(self) -> None:
        self._data = b""
        self.is_ended = False

    def write(self, data: bytes, /) -> None:
        if not self.is_ended:
            self._data += data
            self.is_ended = len(self._data) > MOST_WAITING_BYTES

    def end(self, data: bytes = b"", /) -> None:
        self.write(data)
        self.is_ended = True

    def pass_on(self, wire: Wire) -> None:
        """Say it now."""
        if self.is_ended:
            wire.end(self._data)
        elif self._data:
            wire.write(self._data)


class Queued:
    """A wire under a server that does not park: an ordinary answer reads from it."""

    def __init__(self, too_slow: Callable[[], None]) -> None:
        self._too_slow = too_slow
        self._data = bytearray()
        self._news = asyncio.Event()
        self._is_ended = False

    def write(self, data: bytes, /) -> None:
        if self._is_ended:
            return
        self._data += data
        self._news.set()
        if len(self._data) > MOST_WAITING_BYTES:
            self._data.clear()
            self._is_ended = True
            self._too_slow()

    def end(self, data: bytes = b"", /) -> None:
        self.write(data)
        self._is_ended = True
        self._news.set()

    async def read(self) -> AsyncIterator[bytes]:
        """What was written, until the end."""
        while True:
            await self._news.wait()
            self._news.clear()
            data = bytes(self._data)
            self._data.clear()
            if data:
                yield data
            if self._is_ended and not self._data:
                return


class Stream:
    """What a server that parks is handed: it calls `parked`, `gone` and `draining`."""

    __slots__ = ("_home", "key", "owner", "wire")

    def __init__(self, home: Home, *, key: str, owner: str | None) -> None:
        self._home = home
        self.key = key
        self.owner = owner
        self.wire: Wire = Waiting()

    def parked(self, wire: Wire) -> None:
        """The head is out: from now on bytes go by this wire."""
        before, self.wire = self.wire, wire
        if isinstance(before, Waiting):
            before.pass_on(wire)
            if before.is_ended:
                # By our own end, which the server does not report.
                self._home.discard(self)
        else:
            self.wire = before
            wire.end()

    def gone(self) -> None:
        """The page left, or was too slow. May be called again."""
        self._home.discard(self)
        self.wire = NOWHERE

    def draining(self) -> None:
        """The server is about to stop."""
        self.end(goodbye())

    def end(self, data: bytes) -> None:
        """Say this and no more."""
        self._home.discard(self)
        self.wire.end(data)
        if not isinstance(self.wire, Waiting):
            self.wire = NOWHERE
