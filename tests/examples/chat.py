"""A chat: who is signed in talks, and a sign-out ends it in every tab."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from quart import Quart, redirect, request, websocket
from quart.typing import ResponseReturnValue

from quart_app.live import Live
from quart_app.sessions import Session, session

MOST_UNREAD = 100

app = Quart(__name__)
app.config["SESSION_OWNER_KEY"] = "name"
Session(app)
live = Live(app)
listening: set[asyncio.Queue[str]] = set()


@contextmanager
def heard_here() -> Iterator[asyncio.Queue[str]]:
    """What is said from now on, in this process."""
    heard = asyncio.Queue[str](MOST_UNREAD)
    listening.add(heard)
    try:
        yield heard
    finally:
        listening.discard(heard)


def say(words: str) -> None:
    """To all who listen, but for those who are too far behind."""
    for heard in listening:
        if not heard.full():
            heard.put_nowait(words)


async def pass_on(heard: asyncio.Queue[str]) -> None:
    """What is heard goes to the browser."""
    while True:
        await websocket.send(await heard.get())


@app.post("/login")
async def login() -> ResponseReturnValue:
    session["name"] = (await request.form)["name"]
    return redirect("/", 303)


@app.post("/logout")
async def logout() -> ResponseReturnValue:
    session.clear()
    return redirect("/", 303)


@app.websocket("/chat")
async def chat() -> None:
    name = session.get("name")
    async with live.signed_in():  # closed with 4001 at the sign-out, whatever it waits for
        with heard_here() as heard:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(pass_on(heard))
                while True:
                    words = await websocket.receive()
                    if isinstance(words, str):
                        say(f"{name}: {words}")
