"""One ordinary request, and its answer: by the short way, or on by hypercorn's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import unquote

from hypercorn.config import Config
from hypercorn.protocol.http_stream import ASGIHTTPState
from hypercorn.utils import UnexpectedMessageError

from quart_app.server.protocol.ordinary import Ordinary, written
from quart_app.server.protocol.tasks import Inbox

_DISCONNECT = {"type": "http.disconnect"}

Send = Callable[[Any], Awaitable[None]]


class House(Protocol):
    """The conversation that this belongs to."""

    config: Config

    @property
    def is_last(self) -> bool:
        """Whether the connection closes after this answer."""

    async def say(self, exchange: Exchange, data: bytes) -> None:
        """All of the answer."""

    def long_way(self, exchange: Exchange) -> Send:
        """Have hypercorn give the answer: where to send what the application says of it."""


class Exchange:
    """What an application is called with for an ordinary request."""

    __slots__ = ("_finished", "_house", "_is_done", "_long", "_start", "inbox", "request", "scope")

    def __init__(
        self, house: House, request: Ordinary, scope: dict[str, Any], inbox: Inbox
    ) -> None:
        self.request = request
        self.scope = scope
        self.inbox = inbox
        self.inbox.events.append({"type": "http.request", "body": request.body, "more_body": False})
        self._house = house
        self._start: Any = None
        self._long: Send | None = None
        self._is_done = False
        self._finished: asyncio.Future[None] | None = None

    async def send(self, message: Any) -> None:
        """What the application says; `None` when it has returned."""
        if self._long is not None:
            return await self._long(message)
        if self._is_done and message is None:
            return None
        kind = None if message is None else message["type"]
        if kind == "http.response.start" and self._start is None and _says_length(message):
            self._start = message
            return None
        if kind == "http.response.body" and self._start is not None and not self._is_done:
            is_whole = not message.get("more_body", False) and self.scope["method"] != "HEAD"
            if is_whole:
                house, body = self._house, message.get("body", b"")
                answer = written(self._start, body, house.config, is_last=house.is_last)
                if answer is not None:
                    self._is_done = True
                    return await house.say(self, answer)
        if self._is_done:
            raise UnexpectedMessageError(ASGIHTTPState.CLOSED, str(kind))
        await (await self.take_the_long_way())(message)

    async def take_the_long_way(self) -> Send:
        """Have hypercorn give the answer, beginning with what was held back."""
        if self._long is None:
            self._long = self._house.long_way(self)
            if self._start is not None:
                await self._long(self._start)
        return self._long

    def close(self) -> None:
        """The answer is out, or the client is gone."""
        self.inbox.events.append(_DISCONNECT)
        self.inbox.arrived()

    def over(self) -> None:
        """The next request may come."""
        if self._finished is not None and not self._finished.done():
            self._finished.set_result(None)

    async def wait(self) -> None:
        """Until it may."""
        self._finished = asyncio.get_running_loop().create_future()
        await self._finished


def scope_of(request: Ordinary) -> dict[str, Any]:
    """What hypercorn would say of it, but for what it knows of the connection."""
    raw_path, _, query_string = request.target.partition(b"?")
    path = raw_path.decode("ascii")
    return {
        "type": "http",
        "http_version": "1.1",
        "asgi": {"spec_version": "2.1", "version": "3.0"},
        "method": request.method,
        "path": unquote(path) if "%" in path else path,
        "raw_path": raw_path,
        "query_string": query_string,
        "headers": request.headers,
    }


def _says_length(start: Any) -> bool:
    # Without one it is a stream, the head of which goes out at once.
    return any(bytes(name).lower() == b"content-length" for name, _ in start.get("headers", ()))
