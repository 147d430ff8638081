"""Calls an ASGI application for one request, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from werkzeug.datastructures import Headers

from quart_app.testing.response import Response

Message = MutableMapping[str, Any]
# Frameworks each have types of their own for what is in between.
App = Callable[[Any, Any, Any], Awaitable[None]]

PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
# One of the addresses that are kept for documents, so that nothing mistakes it for this machine.
BROWSER_ADDRESS = ("192.0.2.1", 50_000)


def scope_for(
    method: str,
    url: str,
    headers: Headers,
    *,
    state: dict[str, Any] | None,
    subprotocols: Iterable[str] = (),
) -> dict[str, Any]:
    """What the application is told of a request; of a websocket if the URL is one."""
    parts = urlsplit(url)
    is_socket = parts.scheme in ("ws", "wss")
    scope: dict[str, Any] = {
        "type": "websocket" if is_socket else "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": parts.scheme,
        "path": unquote(parts.path or "/"),
        "raw_path": (parts.path or "/").encode("ascii"),
        "query_string": parts.query.encode("ascii"),
        "root_path": "",
        "headers": encoded(headers),
        "client": BROWSER_ADDRESS,
        "server": (parts.hostname or "", parts.port or PORTS[parts.scheme]),
        "extensions": {"websocket.http.response": {}} if is_socket else {},
    }
    if is_socket:
        scope["subprotocols"] = list(subprotocols)
    else:
        scope["method"] = method
    if state is not None:
        scope["state"] = dict(state)
    return scope


async def answer_of(
    app: App, scope: dict[str, Any], body: bytes, *, url: str, timeout: float
) -> Response:
    """The application's answer. What it raises is raised here. `TimeoutError` if it is late."""
    exchange = Exchange(body)
    # In a task of its own the application's context variables stay its own.
    call = asyncio.create_task(_run(app, scope, exchange))
    try:
        async with asyncio.timeout(timeout) as limit:
            await call
    except TimeoutError:
        if not limit.expired():
            raise
        asked = f"{scope['method']} {url}"
        raise TimeoutError(f"{asked} was not answered to the end within {timeout:g} s") from None
    response = exchange.response(url)
    # Servers send no body here, whatever the application gives them.
    return replace(response, body=b"") if scope["method"] == "HEAD" else response


class Exchange:
    """One request and its answer, seen from the browser."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._is_sent = False
        self._is_over = asyncio.Event()
        self._status = 0
        self._headers = Headers()
        self._parts: list[bytes] = []

    async def receive(self) -> Message:
        """The request, and then that the browser is gone, once it has its answer."""
        if self._is_sent:
            await self._is_over.wait()
            return {"type": "http.disconnect"}
        self._is_sent = True
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, message: Message) -> None:
        """Take a part of the answer."""
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self._status = message["status"]
            self._headers = decoded(message.get("headers", ()))
        elif message["type"] in ("http.response.body", "websocket.http.response.body"):
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self._is_over.set()

    @property
    def is_over(self) -> bool:
        """Whether all of the answer has come."""
        return self._is_over.is_set()

    def response(self, url: str) -> Response:
        """The whole answer. Raises `RuntimeError` if there is none."""
        if not (self._status and self.is_over):
            raise RuntimeError(f"the application ended without a whole answer to {url}")
        return Response(
            status=self._status, headers=self._headers, body=b"".join(self._parts), url=url
        )


async def _run(app: App, scope: dict[str, Any], exchange: Exchange) -> None:
    await app(scope, exchange.receive, exchange.send)


def encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI has them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def decoded(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Headers from ASGI, a character for each octet."""
    return Headers(
        [(bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in headers]
    )


async def cancel(task: asyncio.Task[None], *, patience: float) -> None:
    """End a call that is no longer wanted, whatever it still does about it."""
    task.cancel()
    await asyncio.wait({task}, timeout=patience)
    if task.done() and not task.cancelled():
        task.exception()  # looked at, or asyncio reports it as lost
