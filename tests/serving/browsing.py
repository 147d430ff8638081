"""What a test does in the place of a browser: sign in, look, and work through a websocket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from quart import Quart

from quart_app.sessions import Record, Store
from quart_app.sessions.held.tokens import key_of
from quart_app.testing import Client, Response, WebSocket, WebsocketRefused


async def signed_in(app: Quart, name: str = "ada") -> Client:
    """A browser in which somebody has signed in, and has gone where that leads."""
    browser = Client(app)
    answer = await browser.post("/login", form={"name": name})
    assert answer.status == 303
    await seen_by(browser)
    return browser


async def seen_by(browser: Client) -> dict[str, Any]:
    """What the front page shows."""
    answer = await browser.get("/", headers={"Accept": "text/html"})
    assert answer.status == 200
    seen: dict[str, Any] = answer.json()
    return seen


def token_in(browser: Client) -> str | None:
    """The session cookie that the browser holds."""
    cookie = browser.cookies.get("session")
    return None if cookie is None else cookie.value


async def record_of(browser: Client, store: Store) -> Record:
    """What the store has of the browser's session."""
    record = await store.load(key_of(token_in(browser) or ""))
    assert record is not None
    return record


async def refusal_of(browser: Client, path: str, **options: Any) -> Response:
    """How a websocket is answered that is refused."""
    with pytest.raises(WebsocketRefused) as refusal:
        async with browser.websocket(path, **options) as connection:
            await connection.receive()
    assert refusal.value.response is not None
    return refusal.value.response


class Desk:
    """An open websocket whose other end does what it is told with its session."""

    def __init__(self, connection: WebSocket) -> None:
        self._connection = connection

    @classmethod
    @asynccontextmanager
    async def of(cls, browser: Client) -> AsyncIterator[Desk]:
        """One that this browser has opened."""
        async with browser.websocket("/desk") as connection:
            yield cls(connection)

    async def order(self, *words: Any) -> Any:
        """The session as it is after that."""
        await self._connection.send_json(list(words))
        return await self._connection.receive_json()

    async def end_by(self, word: str) -> None:
        """Have the other end leave or fail; returns when the server has closed the socket."""
        await self._connection.send_json([word])
        await self._connection.wait_closed()
