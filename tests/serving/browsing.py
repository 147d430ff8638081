"""What a test does in the place of a browser: sign in, look, and work through a websocket."""

from __future__ import annotations

import asyncio
from typing import Any

from quart import Quart
from quart.typing import TestClientProtocol as Browser
from quart.typing import TestWebsocketConnectionProtocol

from quart_app.sessions import Record, Store
from quart_app.sessions.held.tokens import key_of

__all__ = ["Browser", "Desk", "record_of", "seen_by", "signed_in", "token_in"]

WITHIN_SECONDS = 5.0


async def signed_in(app: Quart, name: str = "ada") -> Browser:
    """A browser in which somebody has signed in, and has gone where that leads."""
    browser = app.test_client()
    answer = await browser.post("/login", form={"name": name})
    assert answer.status_code == 303
    await seen_by(browser)
    return browser


async def seen_by(browser: Browser) -> dict[str, Any]:
    """What the front page shows."""
    answer = await browser.get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    seen: dict[str, Any] = await answer.get_json()
    return seen


def token_in(browser: Browser) -> str | None:
    """The session cookie that the browser holds."""
    assert browser.cookie_jar is not None
    return next((cookie.value for cookie in browser.cookie_jar if cookie.name == "session"), None)


async def record_of(browser: Browser, store: Store) -> Record:
    """What the store has of the browser's session."""
    record = await store.load(key_of(token_in(browser) or ""))
    assert record is not None
    return record


class Desk:
    """An open websocket whose other end does what it is told with its session."""

    def __init__(self, connection: TestWebsocketConnectionProtocol) -> None:
        self._connection = connection

    async def order(self, *words: Any) -> Any:
        """The session as it is after that."""
        await self._connection.send_json(list(words))
        return await self._connection.receive_json()

    async def end_by(self, word: str) -> None:
        """Have the other end leave or fail; returns when the server has closed the socket."""
        await self._connection.send_json([word])
        async with asyncio.timeout(WITHIN_SECONDS):
            await self._connection._task  # type: ignore[attr-defined]
