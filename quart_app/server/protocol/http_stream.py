"""One request over HTTP/1 and its answer, as hypercorn has them, by a shorter way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import h11
from hypercorn.protocol.events import StreamClosed
from hypercorn.protocol.http_stream import ASGIHTTPState, HTTPStream
from hypercorn.typing import H11SendableEvent
from hypercorn.utils import suppress_body

from quart_app.errors import RETRY_AFTER_SECONDS
from quart_app.scope import PARK
from quart_app.server.protocol.line import Line

_CLOSE = (b"connection", b"close")
_EVENT_STREAM = b"text/event-stream"
_UNAVAILABLE = 503
_NO_ROOM = ((b"content-length", b"0"), (b"retry-after", b"%d" % RETRY_AFTER_SECONDS))

Header = tuple[bytes, bytes]
Out = Callable[[H11SendableEvent], Awaitable[None]]


class HttpStream(HTTPStream):
    """Head, body and end go straight to h11. By way of hypercorn's events, which serve HTTP/2 too,
    the server spends a tenth more on each answer."""

    def __init__(self, *args: Any, out: Out, line: Line, is_last: Callable[[], bool]) -> None:
        super().__init__(*args)
        self._out = out
        self._line = line
        self._is_last = is_last
        self._is_refused = False

    async def app_send(self, message: Any) -> None:
        """What the application says."""
        kind = None if message is None else message["type"]
        if kind == PARK and (self._is_refused or self.state is not ASGIHTTPState.CLOSED):
            await self._line.park(self.scope, message["stream"])
        elif self._is_refused:
            pass  # as if it were said
        elif kind == "http.response.start" and self.state is ASGIHTTPState.REQUEST:
            await self._start(message | {"headers": list(message.get("headers", ()))})
        elif kind == "http.response.body" and self.state is ASGIHTTPState.RESPONSE:
            body = message.get("body", b"")
            if body and not suppress_body(self.scope["method"], int(self.response["status"])):
                await self._out(h11.Data(data=bytes(body)))
            if not message.get("more_body", False):
                await self._out(h11.EndOfMessage())
                self.state = ASGIHTTPState.CLOSED
                await self.send(StreamClosed(stream_id=self.stream_id))
        else:
            await super().app_send(message)

    async def _start(self, message: Any) -> None:
        if self._begins_stream(message["headers"]) and not self._line.may_stream():
            await self._refuse()
            return
        self.response = message
        await self._out(self._head(int(message["status"]), message["headers"]))
        self.state = ASGIHTTPState.RESPONSE

    def _begins_stream(self, headers: Iterable[Header]) -> bool:
        kinds = [value for name, value in headers if name.lower() == b"content-type"]
        is_head = self.scope["method"] == "HEAD"
        return not is_head and any(kind.startswith(_EVENT_STREAM) for kind in kinds)

    async def _refuse(self) -> None:
        """Say that there is no place for a stream."""
        self._is_refused = True
        # Of this the application hears when it parks.
        self.scope["extensions"].pop(PARK, None)
        await self._out(self._head(_UNAVAILABLE, _NO_ROOM))
        await self._out(h11.EndOfMessage())
        self.state = ASGIHTTPState.CLOSED
        await self.send(StreamClosed(stream_id=self.stream_id))

    def _head(self, status: int, given: Iterable[Header]) -> h11.Response:
        headers = [(bytes(name).strip(), bytes(value).strip()) for name, value in given]
        headers += self.config.response_headers("h11")
        if self._is_last():
            headers.append(_CLOSE)
        return h11.Response(status_code=status, headers=headers)
