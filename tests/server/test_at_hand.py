"""The application can take what a client has sent without waiting for it."""

from __future__ import annotations

import asyncio
from typing import Any

from hypercorn.config import Config

from quart_app.server.protocol.tasks import Tasks

PART = {"type": "http.request", "body": b"he", "more_body": True}
LAST = {"type": "http.request", "body": b"llo", "more_body": False}


async def test_what_is_at_hand_is_said_without_waiting_and_once() -> None:
    heard: list[Any] = []
    ended = asyncio.Event()

    async def app(scope: Any, receive: Any, _send: Any) -> None:
        theirs, at_hand = scope["extensions"]["quart_app.at_hand"]
        heard.extend([theirs is receive, at_hand(), await receive(), at_hand()])

    async def send(_message: Any) -> None:
        ended.set()

    tasks = Tasks(asyncio.get_running_loop(), set())
    put = await tasks.spawn_app(app, Config(), {"type": "websocket", "extensions": {}}, send)
    await put(PART)
    await put(LAST)
    await ended.wait()

    assert heard == [True, PART, LAST, None]
