"""What waits for an application's first request is done once, whoever asks first and leaves."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from quart_app.scope import App, Receive, Scope, Send
from quart_app.web.beginning import Beginning


class Slow:
    """Takes until it is let go on, and says how often it was asked."""

    def __init__(self) -> None:
        self.times = 0
        self.is_busy = threading.Event()
        self.go_on = threading.Event()

    def complete(self) -> App:
        self.times += 1
        self.is_busy.set()
        self.go_on.wait()
        return answer


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})


async def ask(app: App) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["status"])

    await app({"type": "http"}, None, send)
    return sent


async def test_it_goes_on_without_the_client_who_asked_first() -> None:
    slow = Slow()
    beginning = Beginning(slow.complete)
    first = asyncio.create_task(ask(beginning))
    await asyncio.to_thread(slow.is_busy.wait)

    first.cancel()
    await asyncio.wait([first])
    second = asyncio.create_task(ask(beginning))
    await asyncio.sleep(0)
    slow.go_on.set()

    assert await second == [204]
    assert await ask(beginning) == [204]
    assert slow.times == 1
