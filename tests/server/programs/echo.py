"""An ASGI application that says what it was asked, in every way that HTTP has of saying things.

`python -m tests.server.programs.echo SERVER LOOP` serves it with ours or with plain hypercorn.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from hypercorn.asyncio import serve

from quart_app.server import Address, run
from quart_app.server.configuration import configuration
from quart_app.server.running import fastest_loop
from quart_app.settings import ServerSettings

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

SLOW_SECONDS = 0.03
MEDIUM = b"medium " * 8_000
LARGE = b"large " * 100_000

heard: set[str] = set()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serves everything that an exchange asks for."""
    if scope["type"] == "lifespan":
        for answer in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
            await receive()
            await send({"type": answer})
    elif scope["type"] == "websocket":
        await WEBSOCKETS.get(scope["path"], echo_messages)(scope, receive, send)
    else:
        await PAGES.get(scope["path"], echo)(scope, receive, send)


async def start(send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def body(send: Send, data: bytes, *, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": more})


async def answer(send: Send, data: bytes, *, status: int = 200) -> None:
    await start(send, status, (b"content-length", b"%d" % len(data)))
    await body(send, data)


async def whole_body(receive: Receive) -> bytes:
    data, more = b"", True
    while more:
        event = await receive()
        data, more = data + event.get("body", b""), event.get("more_body", False)
    return data


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """The whole request, as the application sees it."""
    data = await whole_body(receive)
    seen = {name: scope[name] for name in sorted(scope) if name not in ("extensions", "client")}
    seen["client"] = scope["client"][0]
    seen["server"] = scope["server"][0]
    await answer(send, f"{seen!r}\n{data!r}\n".encode())


async def quick(_scope: Scope, _receive: Receive, send: Send) -> None:
    await answer(send, b"quick")


async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
    await asyncio.sleep(SLOW_SECONDS)
    await answer(send, b"slow")


async def pieces(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Without a length."""
    await start(send, 200, (b"content-type", b"text/plain"))
    for number in range(5):
        await body(send, b"piece %d\n" % number, more=True)
        await asyncio.sleep(0.001)
    await body(send, b"")


async def counted_pieces(_scope: Scope, _receive: Receive, send: Send) -> None:
    await start(send, 200, (b"content-length", b"10"))
    for more in (True, False):
        await body(send, b"12345", more=more)


async def chunked(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Says so itself."""
    await start(send, 200, (b"transfer-encoding", b"chunked"))
    await body(send, b"chunk")


async def medium(_scope: Scope, _receive: Receive, send: Send) -> None:
    await answer(send, MEDIUM)


async def large(_scope: Scope, _receive: Receive, send: Send) -> None:
    await answer(send, LARGE)


async def closing(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Asks the server to close."""
    await start(send, 200, (b"content-length", b"3"), (b"connection", b"close"))
    await body(send, b"end")


async def nothing_inside(scope: Scope, _receive: Receive, send: Send) -> None:
    await start(send, int(scope["path"][1:]))
    await body(send, b"not to be sent")


async def early(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Before the request's body has been looked at."""
    await answer(send, b"early")


async def early_and_then(_scope: Scope, receive: Receive, send: Send) -> None:
    """Begins before the body is there, and ends after it."""
    await start(send, 200)
    await body(send, b"early", more=True)
    await body(send, await whole_body(receive))


async def fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ValueError("as it should")


async def fails_midway(_scope: Scope, _receive: Receive, send: Send) -> None:
    await start(send, 200)
    await body(send, b"half", more=True)
    raise ValueError("as it should")


async def says_nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Returns as if it had answered."""


async def too_little(_scope: Scope, _receive: Receive, send: Send) -> None:
    await start(send, 200, (b"content-length", b"100"))
    await body(send, b"too little")


async def too_much(_scope: Scope, _receive: Receive, send: Send) -> None:
    await start(send, 200, (b"content-length", b"3"))
    await body(send, b"too much")


# What no answer may hold: it would be two, or end elsewhere than it says.
WRONG_HEADERS: dict[str, tuple[tuple[bytes, bytes], ...]] = {
    "/wrong/line": ((b"x-name", b"a\r\nset-cookie: b"),),
    "/wrong/name": ((b"x name", b"a"),),
    "/wrong/zero": ((b"x-name", b"a\0b"),),
    "/wrong/cookie": ((b"Set-Cookie", b"a=b\nc"),),
    "/wrong/long": ((b"x-name", b"a" * 1_000 + b"\r\n\r\nb"),),
    "/wrong/length": ((b"content-length", b"-1"),),
    "/wrong/lengths": ((b"content-length", b"1"), (b"Content-Length", b"2")),
    "/wrong/coding": ((b"transfer-encoding", b"gzip"),),
    "/wrong/codings": ((b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked")),
}


async def wrong(scope: Scope, _receive: Receive, send: Send) -> None:
    """With headers that cannot be sent."""
    await start(send, 200, *WRONG_HEADERS[scope["path"]])
    await body(send, b"wrong")


async def hears(scope: Scope, receive: Receive, send: Send) -> None:
    """Waits until the client leaves, and remembers that it did."""
    await start(send, 200)
    await body(send, b"listening", more=True)
    while (await receive())["type"] != "http.disconnect":
        pass
    heard.add(scope["query_string"].decode())


async def has_heard(_scope: Scope, _receive: Receive, send: Send) -> None:
    await answer(send, " ".join(sorted(heard)).encode())


async def echo_messages(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    accept: dict[str, Any] = {"type": "websocket.accept"}
    if scope["subprotocols"]:
        accept["subprotocol"] = scope["subprotocols"][0]
    await send(accept)
    while (event := await receive())["type"] == "websocket.receive":
        said = {name: event[name] for name in ("bytes", "text") if event.get(name) is not None}
        await send({"type": "websocket.send", **said})


async def refuse(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1000})


async def greet_and_leave(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": "hello"})
    await send({"type": "websocket.close", "code": 4001, "reason": "bye"})


async def fail_when_open(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await receive()
    raise ValueError("as it should")


PAGES = {
    "/quick": quick,
    "/slow": slow,
    "/pieces": pieces,
    "/counted-pieces": counted_pieces,
    "/chunked": chunked,
    "/medium": medium,
    "/large": large,
    "/closing": closing,
    "/204": nothing_inside,
    "/304": nothing_inside,
    "/early": early,
    "/early-and-then": early_and_then,
    "/fails": fails,
    "/fails-midway": fails_midway,
    "/says-nothing": says_nothing,
    "/too-little": too_little,
    "/too-much": too_much,
    **dict.fromkeys(WRONG_HEADERS, wrong),
    "/hears": hears,
    "/has-heard": has_heard,
}
WEBSOCKETS = {
    "/refuse": refuse,
    "/greet-and-leave": greet_and_leave,
    "/fail-when-open": fail_when_open,
}


def _with_plain_hypercorn(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    config = configuration(ServerSettings())
    config.bind = ["127.0.0.1:0"]
    # Its start-up line has the address.
    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serve(app, config))  # type: ignore[arg-type]


def _with_ours(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    run(
        app,  # type: ignore[arg-type]
        address=Address.of("127.0.0.1:0"),
        settings=ServerSettings(shutdown_timeout=timedelta(seconds=1)),
        started=lambda url: print(url, flush=True),  # noqa: T201 - for who started it
        new_loop=new_loop,
    )


if __name__ == "__main__":
    _, server, loop = sys.argv
    loops = {"asyncio": asyncio.new_event_loop, "fastest": fastest_loop}
    {"ours": _with_ours, "hypercorn": _with_plain_hypercorn}[server](loops[loop])
