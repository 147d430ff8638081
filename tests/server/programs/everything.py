"""An application with a handler of every kind that makes stopping hard; tells what it does."""

from __future__ import annotations

import asyncio
import select
import selectors
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta

from quart import Quart, Response, request, websocket

from quart_app.server import Address, fastest_loop, run
from quart_app.settings import ServerSettings

app = Quart(__name__)
# The server stops them, not Quart.
app.config.update(RESPONSE_TIMEOUT=None, BODY_TIMEOUT=None)


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


@app.get("/")
async def quick() -> str:
    return "quick"


@app.get("/draining")
async def draining() -> str:
    return str(request.scope["state"].get("quart_app.draining", False))


@app.post("/")
async def body() -> str:
    say("reading")
    return str(len(await request.get_data()))


@app.get("/slow/<float:seconds>")
async def slow(seconds: float) -> str:
    say("slow")
    try:
        await asyncio.sleep(seconds)
    finally:
        say("slow ends")
    return "slow"


@app.get("/thread/<float:seconds>")
async def thread(seconds: float) -> str:
    say("thread")
    await asyncio.to_thread(time.sleep, seconds)
    return "thread"


@app.get("/stuck")
async def stuck() -> str:
    say("stuck")
    time.sleep(60)  # noqa: ASYNC251 - what must not be
    return "stuck"


@app.get("/stubborn")
async def stubborn() -> str:
    say("stubborn")
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            say("stubborn goes on")


@app.get("/events")
async def events() -> Response:
    async def news() -> AsyncIterator[bytes]:
        say("events")
        try:
            while True:
                yield b"data: news\n\n"
                await asyncio.sleep(0.02)
        finally:
            say("events end")

    return Response(news(), content_type="text/event-stream")


@app.get("/flood")
async def flood() -> Response:
    async def water() -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(1 << 20)
                say("flood")
        finally:
            say("flood ends")

    return Response(water())


@app.websocket("/ws")
async def socket() -> None:
    await websocket.accept()
    say("socket")
    try:
        while True:
            await websocket.send(await websocket.receive())
    finally:
        say("socket ends")


@app.after_serving
async def after_serving() -> None:
    say("after serving")


def without_epoll() -> asyncio.AbstractEventLoop:
    """As on another system than Linux."""
    del select.epoll
    return asyncio.SelectorEventLoop(selectors.PollSelector())


LOOPS = {
    "asyncio": asyncio.new_event_loop,
    "fastest": fastest_loop,
    "without epoll": without_epoll,
}


if __name__ == "__main__":
    seconds, loop, delay = sys.argv[1:]
    sys.exit(
        run(
            app,
            address=Address.of("127.0.0.1:0"),
            settings=ServerSettings(
                shutdown_timeout=timedelta(seconds=float(seconds)),
                shutdown_delay=timedelta(seconds=float(delay)),
            ),
            started=say,
            new_loop=LOOPS[loop],
        )
    )
