"""An application that parks its answers; it is told what to do by requests, and tells what it has
seen. Arguments: a loop, and settings as JSON."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from contextlib import ExitStack, suppress
from typing import Any

from quart_app.observing.events import log_events
from quart_app.server import Address, fastest_loop, run
from quart_app.settings import ServerSettings

PARK = "quart_app.park"
HEAD = {"type": "http.response.start", "status": 200}
LENGTH = (b"content-length", b"5")
told_to_go = asyncio.Event()


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


class Stream:
    """As an application may have it."""

    opened: list[Stream] = []  # noqa: RUF012 - all of this process

    def __init__(self, name: str) -> None:
        self.name = name
        self.wire: Any = None

    def parked(self, wire: Any) -> None:
        if self.name == "failing":
            raise RuntimeError
        self.wire = wire
        self.opened.append(self)
        say(f"parked {self.name}")

    def gone(self) -> None:
        say(f"gone {self.name}")

    def draining(self) -> None:
        say(f"draining {self.name}")
        if self.name == "clumsy":
            raise RuntimeError
        self.wire.write(b"farewell")


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    verb, *words = scope["path"].strip("/").split("/")
    if verb == "stream":
        await _stream(words[0], scope, receive, send)
        return
    if verb == "wait":
        await told_to_go.wait()
    said = _do(verb, words)
    rest = float(words[0]) if verb == "rest" else None
    await send({**HEAD, "headers": [(b"content-length", b"%d" % len(said))]})
    await send({"type": "http.response.body", "body": said})
    if rest is not None:
        await asyncio.sleep(rest)
        say("the rest is done")


async def _live(receive: Any, send: Any) -> None:
    for _ in range(2):
        await send({"type": f"{(await receive())['type']}.complete"})


async def _stream(name: str, scope: Any, receive: Any, send: Any) -> None:
    if PARK not in scope["extensions"]:
        await send({**HEAD, "headers": [LENGTH]})
        await send({"type": "http.response.body", "body": b"never"})
        return
    await send({**HEAD, "headers": [LENGTH] if name == "short" else []})
    await send({"type": "http.response.body", "body": b"hello", "more_body": True})
    if name == "late":
        while (await receive())["type"] != "http.disconnect":
            pass
    await send({"type": PARK, "stream": Stream(name)})


def _do(verb: str, words: list[str]) -> bytes:
    if verb == "write":
        for stream in Stream.opened:
            stream.wire.write(b"x" * int(words[0]))
    elif verb == "end":
        for stream in Stream.opened:
            stream.wire.end(b"the end")
    elif verb == "tasks":
        return b"%d" % len(asyncio.all_tasks())
    elif verb == "go":
        told_to_go.set()
    elif verb == "big":
        return bytes(int(words[0]))
    elif verb == "fork":
        _fork()
    elif verb == "hog":
        _take_all_descriptors(for_seconds=float(words[0]))
    return b"done"


def _fork() -> None:
    """A process that has all descriptors of this one, until this one ends."""
    reading, writing = os.pipe()
    if not os.fork():
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)


def _take_all_descriptors(*, for_seconds: float) -> None:
    with suppress(OSError), ExitStack() as taken:
        while True:
            taken.enter_context(open(os.devnull))
            asyncio.get_running_loop().call_later(for_seconds, taken.pop_all().close)


if __name__ == "__main__":
    loop, settings = sys.argv[1:]
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    log_events()
    sys.exit(
        run(
            app,
            address=Address.of("127.0.0.1:0"),
            settings=ServerSettings.from_config({"SHUTDOWN_TIMEOUT": 1, **json.loads(settings)}),
            started=say,
            new_loop=asyncio.new_event_loop if loop == "asyncio" else fastest_loop,
        )
    )
