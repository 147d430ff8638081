"""One ordinary request, and its answer: by the short way, or on by hypercorn's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import unquote

from hypercorn.config import Config
from hypercorn.protocol.http_stream import ASGIHTTPState
from hypercorn.utils import UnexpectedMessageError

from quart_app.scope import PARK
from quart_app.server.protocol.line import Line
from quart_app.server.protocol.ordinary import Head, Ordinary, head_of, written
from quart_app.server.protocol.tasks import Inbox

_DISCONNECT = {"type": "http.disconnect"}

Send = Callable[[Any], Awaitable[None]]


class House(Protocol):
    """The conversation that this belongs to."""

    line: Line
    config: Config

    @property
    def is_last(self) -> bool:
        """Whether the connection closes after this answer."""

    async def say(self, exchange: Exchange, data: bytes) -> None:
        """Send all of the answer."""

    def long_way(self, exchange: Exchange) -> Send:
        """Have hypercorn give the answer. Returns where to send what the application says of it."""


class Exchange:
    """What an application is called with for an ordinary request."""

    __slots__ = (
        *("_client_left", "_finished", "_head", "_house", "_is_done", "_long", "_start"),
        *("inbox", "request", "scope"),
    )

    def __init__(
        self, house: House, request: Ordinary, scope: dict[str, Any], inbox: Inbox
    ) -> None:
        self.request = request
        self.scope = scope
        self.inbox = inbox
        self.inbox.events.append({"type": "http.request", "body": request.body, "more_body": False})
        self._house = house
        self._start: Any = None
        self._head: Head | None = None
        self._long: Send | None = None
        self._is_done = self._client_left = False
        self._finished: asyncio.Future[None] | None = None

    async def send(self, message: Any) -> None:
        """Take what the application says; `None` when it has returned. A head waits for its body,
        as ASGI has it."""
        kind = None if message is None else message["type"]
        if self._long is not None:
            await self._long(message)
        elif kind == PARK and not self._is_done:
            await self._house.line.park(self.scope, message["stream"])
        elif kind is None:
            # If it said nothing, or not all, hypercorn knows what to answer.
            if not self._is_done and (self._start is not None or not self._client_left):
                await (await self.take_the_long_way())(None)
        elif kind == "http.response.start" and self._start is None:
            # The application may go on with what it gave us.
            self._start = message | {"headers": list(message.get("headers", ()))}
            self._head = head_of(self._start)
            if self._head is None:
                await self.take_the_long_way()
        elif (answer := self._whole(kind, message)) is not None:
            self._is_done = True
            await self._house.say(self, answer)
        else:
            await (await self.take_the_long_way())(message)

    async def take_the_long_way(self) -> Send:
        """Have hypercorn give the answer, beginning with what was held back."""
        if self._is_done:
            raise UnexpectedMessageError(ASGIHTTPState.CLOSED, "something after the end")
        if self._long is None:
            self._long = self._house.long_way(self)
            if self._start is not None:
                await self._long(self._start)
        return self._long

    def _whole(self, kind: str, message: Any) -> bytes | None:
        """The answer as it goes out, if that is its whole body."""
        is_whole = kind == "http.response.body" and not message.get("more_body", False)
        if self._is_done or self._head is None or not is_whole or self.request.method == "HEAD":
            return None
        house = self._house
        body = bytes(message.get("body", b""))
        return written(self._head, body, house.config, is_last=house.is_last)

    def close(self) -> None:
        """The answer is out, or the client is gone."""
        self._client_left = not self._is_done
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
