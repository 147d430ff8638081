"""Knows which websockets are open, to say goodbye to them."""

from __future__ import annotations

import asyncio

from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    Scope,
    WebsocketCloseEvent,
)

GOING_AWAY = 1001


class Websockets:
    """An ASGI application that passes everything on to another one."""

    def __init__(self, app: ASGIFramework) -> None:
        self._app = app
        self._open: set[_Websocket] = set()

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        websocket = _Websocket(send)
        self._open.add(websocket)
        try:
            await self._app(scope, receive, websocket.send)
        finally:
            self._open.discard(websocket)

    async def close(self) -> None:
        """Tell every peer that we go away. Those that answer end their connection with it; the
        application then sees them go."""
        goodbyes = (websocket.close() for websocket in self._open)
        await asyncio.gather(*goodbyes, return_exceptions=True)


class _Websocket:
    def __init__(self, send: ASGISendCallable) -> None:
        self._send = send
        self._is_accepted = False
        self._is_closed = False

    async def send(self, event: ASGISendEvent) -> None:
        if self._is_closed:
            return  # as after any disconnect, of which the application has not heard yet
        if event["type"] == "websocket.accept":
            self._is_accepted = True
        elif event["type"] == "websocket.close":
            self._is_closed = True
        await self._send(event)

    async def close(self) -> None:
        if self._is_accepted and not self._is_closed:
            self._is_closed = True
            await self._send(
                WebsocketCloseEvent(type="websocket.close", code=GOING_AWAY, reason=None)
            )
