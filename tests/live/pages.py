"""Open pages without a browser: under a server that parks streams, and under any other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from quart import Quart

from quart_app.testing import Client
from tests.kit.polling import eventually
from tests.kit.scopes import scope

PARK = "quart_app.park"


class Page:
    """One request for `/events`, and what has come of it so far."""

    def __init__(self, app: Quart, *, cookie: str, parks: bool, headers: dict[str, str]) -> None:
        self._app = app
        self.status = 0
        self.headers: dict[str, str] = {}
        self.received = b""
        self.is_over = False
        self.stream: Any = None
        self.reads = asyncio.Event()
        self.reads.set()
        self._left = asyncio.Event()
        self.scope = scope(
            path="/events",
            headers={"cookie": f"session={cookie}", **headers},
            extensions={PARK: {}} if parks else {},
        )
        self.task: asyncio.Task[None] | None = None

    async def open(self) -> Page:
        """Returns when the head is there, and the stream parked if it is one that parks."""
        self.task = asyncio.create_task(cast(Any, self._app)(self.scope, self._receive, self._send))
        parks = bool(self.scope["extensions"])
        self.task.add_done_callback(self._handler_returned)
        await eventually(
            lambda: bool(self.task and self.task.done()) or (not parks and b"\n\n" in self.received)
        )
        return self

    def write(self, data: bytes) -> None:
        """The server's wire."""
        if not self.is_over:
            self.received += data

    def end(self, data: bytes = b"") -> None:
        """The server's wire."""
        self.write(data)
        self.is_over = True

    async def leave(self) -> None:
        """As when a tab is closed."""
        if self.stream is not None:
            if not self.is_over:
                self.is_over = True
                self.stream.gone()
            return
        self._left.set()
        if self.task is not None:
            await asyncio.wait([self.task])

    async def gets(self, text: str) -> None:
        """Fails if it does not come soon."""
        await eventually(lambda: text.encode() in self.received)

    async def ends(self) -> None:
        """Fails if it does not end soon."""
        await eventually(lambda: self.is_over)

    @property
    def events(self) -> list[str]:
        """All but heartbeats and the first one."""
        _, *rest = self.received.decode().split("\n\n")
        return [event for event in rest if event.strip(":\n")]

    async def _receive(self) -> dict[str, Any]:
        if not getattr(self, "_asked", False):
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        match message["type"]:
            case "http.response.start":
                self.status = message["status"]
                self.headers = {n.decode().lower(): v.decode() for n, v in message["headers"]}
            case "http.response.body":
                self.received += message.get("body", b"")
                self.is_over = not message.get("more_body", False)
                if self.is_over:
                    self._left.set()
            case "quart_app.park":
                self.stream = message["stream"]
                self._left.set()

    def _handler_returned(self, task: asyncio.Task[None]) -> None:
        if self.stream is not None and not task.cancelled():
            self.stream.parked(self)


class Browser:
    """A test client that signed in, and the pages it has open."""

    def __init__(self, app: Quart, *, parks: bool) -> None:
        self._app = app
        self._parks = parks
        self._pages: list[Page] = []
        self.client = Client(app, base_url="http://localhost")

    async def sign_in(self, name: str = "ada") -> Browser:
        """By the form, and go where that leads."""
        answer = await self.client.post("/login", form={"name": name})
        assert answer.status == 303
        await self.client.get("/")
        return self

    @property
    def token(self) -> str:
        """What the cookie holds now."""
        cookie = self.client.cookies.get("session")
        return "" if cookie is None else cookie.value

    async def page(self, *, on: Quart | None = None, **headers: str) -> Page:
        """One more tab; on this machine or another."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        page = Page(on or self._app, cookie=self.token, parks=self._parks, headers=sent)
        self._pages.append(page)
        return await page.open()

    async def close(self) -> None:
        """All tabs."""
        for page in self._pages:
            await page.leave()


NewBrowser = Callable[..., Browser]


@asynccontextmanager
async def serving(*apps: Quart) -> AsyncIterator[None]:
    """Started, as by a server, and stopped in the end."""
    for app in apps:
        await app.startup()
    try:
        yield
    finally:
        for app in apps:
            with suppress(asyncio.CancelledError):
                await app.shutdown()
