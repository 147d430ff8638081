"""Asks an application without a server between: the test decides on every octet of the question."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import httpx
from quart import Quart

from quart_app.scope import App
from tests.kit.scopes import Pairs, scope

HOST = "localhost"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every header of this name."""
        return [value for known, value in self.headers if known == name.lower()]

    def get(self, name: str) -> str:
        """The one header of this name; empty for none."""
        assert len(self.all(name)) <= 1, f"{name} stands there more than once"
        return "".join(self.all(name))

    @property
    def text(self) -> str:
        """As a reader sees it: without the escapes of HTML."""
        return html.unescape(self.body.decode())


async def ask(
    app: Quart,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Pairs = (),
    host: str | None = HOST,
    body: bytes | Iterable[bytes] = b"",
    **told: Any,
) -> Answer:
    """One request over HTTP. Whatever else is given goes into the ASGI scope."""
    said: list[dict[str, Any]] = []
    is_over = asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        said.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            is_over.set()

    await cast(Any, app)(
        scope(method, path, headers=headers, host=host, **told),
        _receiving([body] if isinstance(body, bytes) else list(body), is_over),
        send,
    )
    return _answer(said)


async def knock(app: Quart, path: str = "/", *, headers: Pairs = (), host: str = HOST) -> list[str]:
    """The kinds of messages that the beginning of a websocket is answered with."""
    said: list[str] = []
    messages: list[dict[str, Any]] = [
        {"type": "websocket.connect"},
        {"type": "websocket.disconnect", "code": 1001},
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else await _never()

    async def send(message: dict[str, Any]) -> None:
        said.append(message["type"])

    asked = scope(path=path, headers=headers, host=host, scheme="ws", subprotocols=[])
    await cast(Any, app)(asked, receive, send)
    return said


def browser(
    app: App, *, base_url: str = f"http://{HOST}", peer: str = "127.0.0.1", **options: Any
) -> httpx.AsyncClient:
    """A client that keeps cookies, and goes nowhere by itself."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, client=(peer, 123)),
        base_url=base_url,
        **options,
    )


def shown(answer: httpx.Response) -> str:
    """A page as a reader sees it: without the escapes of HTML, and the isolation of names."""
    return html.unescape(answer.text.replace("<bdi>", "").replace("</bdi>", ""))


def cookie_set_by(answer: httpx.Response, name: str = "session") -> str:
    """The line that sets this cookie; empty for none."""
    lines = [v for v in answer.headers.get_list("set-cookie") if v.startswith(f"{name}=")]
    assert len(lines) <= 1, f"{name} is set more than once"
    return "".join(lines)


def _receiving(parts: list[bytes], is_over: asyncio.Event) -> Any:
    async def receive() -> dict[str, Any]:
        if not parts:
            # As servers say it: Quart waits for it from 0.23 on.
            await is_over.wait()
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    return receive


async def _never() -> dict[str, Any]:
    await asyncio.get_running_loop().create_future()
    return {}


def _answer(said: list[dict[str, Any]]) -> Answer:
    start, *rest = said
    assert start["type"] == "http.response.start"
    headers = tuple((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in start["headers"])
    return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in rest))
