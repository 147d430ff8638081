"""A websocket between its application and the protocol: knows whether a goodbye can be said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hypercorn.typing import (
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    WebsocketCloseEvent,
    WebsocketResponseBodyEvent,
    WebsocketResponseStartEvent,
)

from quart_app.errors import RETRY_AFTER_SECONDS

_GOING_AWAY = 1001
_UNAVAILABLE = 503
RETRY_AFTER = (b"retry-after", b"%d" % RETRY_AFTER_SECONDS)


class Websocket:
    """What the application sends by."""

    def __init__(self, send: ASGISendCallable, said_goodbye: Callable[[], None]) -> None:
        self._send = send
        self._said_goodbye = said_goodbye
        self._is_accepted = False
        self._is_closed = False

    async def send(self, event: ASGISendEvent) -> None:
        """Pass it on."""
        if self._is_closed:
            # As after any disconnect, of which the application has not heard yet. A handler that
            # only sends is to hold up nobody.
            await asyncio.sleep(0)
            return
        kind = event["type"]
        if kind == "websocket.accept":
            self._is_accepted = True
        elif kind == "websocket.close" or (
            kind == "websocket.http.response.body" and not event.get("more_body", False)
        ):
            self._is_closed = True
            self._said_goodbye()
        await self._send(event)

    def over(self) -> None:
        """The connection has ended: whatever is still said goes nowhere."""
        self._is_closed = True

    async def close(self) -> None:
        """Tell the peer that we go away. One that answers ends its connection with it; the
        application then sees it go."""
        if self._is_accepted:
            await self.send(
                WebsocketCloseEvent(type="websocket.close", code=_GOING_AWAY, reason=None)
            )


async def refuse(receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer a handshake for which there is no place."""
    await receive()
    headers: Any = [RETRY_AFTER, (b"content-length", b"0")]
    await send(
        WebsocketResponseStartEvent(
            type="websocket.http.response.start", status=_UNAVAILABLE, headers=headers
        )
    )
    await send(
        WebsocketResponseBodyEvent(type="websocket.http.response.body", body=b"", more_body=False)
    )
