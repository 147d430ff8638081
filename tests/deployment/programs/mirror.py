"""Tells what reached it; behind the same edge as the pages, so it believes whom they believe."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta

from quart_app.scope import Message, Receive, Scope, Send
from quart_app.server import Address, run
from quart_app.settings import ApplicationSettings, ServerSettings
from quart_app.web.edge import Edge

go_on = asyncio.Event()


async def mirror(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await echo(receive, send)
    elif scope["path"] == "/events":
        await events(send)
    else:
        if scope["path"] == "/go-on":
            go_on.set()
        await tell(scope, receive, send)


async def tell(scope: Scope, receive: Receive, send: Send) -> None:
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    seen = {
        "peer": scope["peer"],
        "client": scope["client"][0],
        "scheme": scope["scheme"],
        "headers": [(name.decode(), value.decode()) for name, value in scope["headers"]],
        "length": length,
    }
    await send(start(b"application/json"))
    await send(part(json.dumps(seen).encode(), more=False))


async def events(send: Send) -> None:
    go_on.clear()
    await send(start(b"text/event-stream", (b"x-accel-buffering", b"no")))
    await send(part(b"data: first\n\n", more=True))
    await go_on.wait()
    await send(part(b"data: last\n\n", more=False))


async def echo(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


def start(content_type: bytes, *more: tuple[bytes, bytes]) -> Message:
    return {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", content_type), *more],
    }


def part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


edge = Edge(mirror, ApplicationSettings.from_config({"TRUSTED_PROXIES": "127.0.0.1"}))


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "lifespan":
        await edge({**scope, "peer": scope["client"]}, receive, send)


def say(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    settings = ServerSettings(shutdown_timeout=timedelta(seconds=1))
    sys.exit(run(app, address=Address.of("127.0.0.1:0"), settings=settings, started=say))  # type: ignore[arg-type]
