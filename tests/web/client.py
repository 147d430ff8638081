"""Who asks the pages as a server does, message by message."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.kit.scopes import scope

Message = dict[str, Any]

WITHIN_SECONDS = 5.0
HANGS_UP: Message = {"type": "http.disconnect"}


class Client:
    """Says what it is told to, and keeps what it hears. Over our own server, what it has said is
    at hand; over any other one it has to be waited for."""

    def __init__(self, app: Any, *, over_ours: bool = True) -> None:
        self._app = app
        self._over_ours = over_ours
        self._says: asyncio.Queue[Message | Exception] = asyncio.Queue()
        self.heard: list[Message] = []
        self.can_read = asyncio.Event()
        self.can_read.set()
        self.hears_a_part = asyncio.Event()

    def ask(self, method: str, path: str) -> asyncio.Task[None]:
        return asyncio.create_task(self._call(scope(method, path)))

    def say(self, *said: Message | Exception) -> None:
        for each in said:
            self._says.put_nowait(each)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.heard)

    async def _call(self, told: dict[str, Any]) -> None:
        receive = self._receive
        if self._over_ours:
            told["extensions"] = {"quart_app.at_hand": (receive, self._at_hand)}
        async with asyncio.timeout(WITHIN_SECONDS):
            await self._app(told, receive, self._send)
            # Were the cancellation of a request still pending, it would strike here.
            await asyncio.sleep(0)

    async def _receive(self) -> Any:
        said = await self._says.get()
        if isinstance(said, Exception):
            raise said
        return said

    def _at_hand(self) -> Any:
        return None if self._says.empty() else self._says.get_nowait()

    async def _send(self, message: Any) -> None:
        await self.can_read.wait()
        self.heard.append(message)
        if message["type"] == "http.response.body":
            self.hears_a_part.set()


def part(body: bytes, *, more_body: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more_body}
