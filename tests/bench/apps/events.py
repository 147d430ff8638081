"""A page that waits for news, written as plainly as can be, for any ASGI server. On ours waiting
costs no task."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PARK = "quart_app.park"
OPENING = b"data: hello\n\n"
NEWS = b"data: news\n\n"


class Waiting:
    """A stream without anything of its own."""

    __slots__ = ("wire",)

    def parked(self, wire: Any) -> None:
        self.wire = wire

    def gone(self) -> None: ...

    def draining(self) -> None: ...


has_news = asyncio.Event()


async def lifespan(receive: Receive, send: Send) -> None:
    """From the server's start to its end."""
    for answer in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
        await receive()
        await send({"type": answer})


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": OPENING, "more_body": True})
    if PARK in scope.get("extensions", {}):
        await send({"type": PARK, "stream": Waiting()})
        return
    while True:
        await has_news.wait()
        await send({"type": "http.response.body", "body": NEWS, "more_body": True})
