"""An answer that goes on for hours at the cost of its socket: the ASGI extension `quart_app.park`.

It is in `scope["extensions"]` where this is possible. In place of the last `http.response.body`,
the application sends `{"type": "quart_app.park", "stream": stream}` and returns. `receive` says
`http.disconnect` then, as after any answer that is whole.

Where there is no place for one more, an answer that begins as `text/event-stream` is made a 503, of
which the application hears when it parks: `gone`. One of another kind is cut off then.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Protocol

from quart_app.server.connections.watch import LEFT, WRITABLE

# The socket of a connection that begins takes some 50 kB at once, and one event may be longer.
_MOST_WAITING = 256 * 1024

log = logging.getLogger(__name__)


class Stream(Protocol):
    """What the application has in the place of a task. All of it is called in the event loop."""

    def parked(self, wire: Wire, /) -> None:
        """Once, when the head of the answer is out."""

    def gone(self) -> None:
        """Once, when the peer has left or did not keep up. Not after its own `wire.end`."""

    def draining(self) -> None:
        """Once, when the server stops: what it does not end now is ended for it."""


class Dropped(Protocol):
    """What becomes of the socket, in the end."""

    def drop(self, descriptor: int) -> None:
        """Close it at once: the peer is gone, or does not keep up."""

    def say_goodbye(self, descriptor: int) -> None:
        """Close it when the peer has read everything."""

    def close_when_taken(self, descriptor: int, wire: Wire) -> None:
        """It has said its last, and the socket has not taken all of it."""

    def tell_when_writable(self, descriptor: int) -> None:
        """Call `ready` when the socket takes more."""


class Wire:
    """Where the application writes more of the answer's body."""

    __slots__ = ("_descriptor", "_house", "_is_chunked", "_stream", "_waiting", "since")

    def __init__(
        self, descriptor: int, stream: Stream, house: Dropped, *, is_chunked: bool
    ) -> None:
        self.since = 0.0
        self._descriptor = descriptor
        self._stream: Stream | None = stream
        self._house = house
        self._is_chunked = is_chunked
        self._waiting = b""

    def write(self, data: bytes) -> None:
        """Never waits: what the socket does not take at once follows later, and a reader that falls
        far behind is dropped."""
        if self._is_chunked and data:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        self._send(data)

    def end(self, data: bytes = b"") -> None:
        """End the answer, with this as the last of it."""
        self.write(data)
        if self._is_chunked:
            self._send(b"0\r\n\r\n")
        if self._stream is not None:
            self._stream = None
            if self._waiting:
                self._house.close_when_taken(self._descriptor, self)
            self._leave_when_all_is_said()

    def ready(self, events: int) -> None:
        """The socket has these events. No handler waits for what a client sends here."""
        if events & LEFT:
            self.cut()
        elif events & WRITABLE and self._waiting:
            waiting, self._waiting = self._waiting, b""
            self._write(waiting)
            if self._stream is None:
                self._leave_when_all_is_said()

    def drain(self) -> None:
        """The server stops."""
        if self._stream is not None:
            try:
                self._stream.draining()
            except Exception:  # the others are to be told too
                log.exception("application failed")
        self.end()

    def _send(self, data: bytes) -> None:
        if self._stream is None or not data:
            return
        if not self._waiting:
            self._write(data)
        elif len(self._waiting) + len(data) <= _MOST_WAITING:
            self._waiting += data
        else:
            self.cut()

    def _write(self, data: bytes) -> None:
        try:
            sent = os.write(self._descriptor, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.cut()
            return
        if sent < len(data):
            self._waiting = data[sent:]
            self._house.tell_when_writable(self._descriptor)

    def _leave_when_all_is_said(self) -> None:
        if not self._waiting and self._descriptor >= 0:
            self._house.say_goodbye(self._descriptor)

    def cut(self) -> None:
        """End it at once: the client is gone, or does not keep up."""
        if self._stream is not None:
            # Later, since the task that writes may be on a walk through all streams.
            asyncio.get_running_loop().call_soon(self._stream.gone)
            self._stream = None
        self._house.drop(self._descriptor)
        self._descriptor, self._waiting = -1, b""
