"""Stands about Quart: hands a finished head and its stream to a server that parks streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quart_app.live.stream import Stream
from quart_app.scope import DRAINING, PARK, App, Message, Receive, Scope, Send, can_park

_STREAM = "quart_app.live.stream"
CONTENT_TYPE = b"text/event-stream; charset=utf-8"


class Layer:
    """An ASGI application about another one."""

    def __init__(self, inner: App, *, path: str, begin: Callable[[], None]) -> None:
        self._inner = inner
        self._path = path
        self._begin = begin
        self._state: dict[str, Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            # Not a copy: what the server writes into it later is seen here.
            self._state = scope.get("state", {})
            return await self._inner(scope, receive, send)
        self._begin()
        if scope["type"] != "http" or not scope["path"].endswith(self._path):
            return await self._inner(scope, receive, send)
        answer = _Answer(scope, send)
        try:
            await self._inner(scope, receive, answer)
        finally:
            answer.over()

    def is_draining(self) -> bool:
        """Whether the server has said that it is about to stop."""
        return bool(self._state.get(DRAINING))


class _Answer:
    """The way out for one request. The end of a body that belongs to a stream is not an end."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._is_stream = False
        self._is_parked = False

    async def __call__(self, message: Message) -> None:
        stream = self._scope.get(_STREAM)
        if message["type"] == "http.response.start":
            # The application may have made an error page of it after all.
            self._is_stream = (b"content-type", CONTENT_TYPE) in message["headers"]
        is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if is_last and self._is_stream and stream is not None and can_park(self._scope):
            # The client may hang up even now: then the server has not taken the stream.
            await self._send({"type": PARK, "stream": stream})
            self._is_parked = True
            return
        await self._send(message)

    def over(self) -> None:
        """The request has ended. A stream that the server has not taken leaves the list."""
        stream = self._scope.get(_STREAM)
        if stream is not None and not self._is_parked:
            stream.gone()


def put_stream(scope: Scope, stream: Stream) -> None:
    """Put the stream where the layer finds it."""
    scope[_STREAM] = stream
