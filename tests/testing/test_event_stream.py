"""An event stream in a test says what it waits for, and waits for nothing for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from quart import Quart, Response, abort, request, session
from quart.typing import ResponseReturnValue

from quart_app.live import Live
from quart_app.sessions import Session
from quart_app.testing import (
    Client,
    Event,
    StreamClosed,
    StreamRefused,
    signed_in_client,
)
from quart_app.testing.events import EventReader

TOLD = (
    b"\xef\xbb\xbf: a comment\n\nretry: 100\nevent: news\r\ndata: one\r\ndata:  two\r\n\r\n"
    b"id: 7\rdata\r\rid: a\0b\ndata: \xe2\x82\xac\n\nevent: empty\n\ndata: cut off"
)
READ = [
    Event(event="news", data="one\n two"),
    Event(data="", id="7"),
    Event(data="€", id="7"),
]


@pytest.fixture
def app() -> Quart:
    app = Quart(__name__)
    app.config["SESSION_TYPE"] = "memory"
    Session(app)
    return app


@pytest.fixture
def live(app: Quart) -> Live:
    return Live(app)


def answered_with(app: Quart, *parts: bytes, ends: bool = True) -> asyncio.Event:
    """`/told` is a stream of these parts. Returns what is set when its handler is left."""
    left = asyncio.Event()

    async def told() -> AsyncIterator[bytes]:
        try:
            for part in parts:
                yield part
            if not ends:
                await asyncio.Event().wait()
        finally:
            left.set()

    @app.get("/told")
    async def stream() -> ResponseReturnValue:
        return Response(told(), content_type="text/event-stream; charset=utf-8")

    return left


async def test_news_reach_the_open_page_of_their_owner(app: Quart, live: Live) -> None:
    ada, bob = await signed_in_client(app, "ada"), await signed_in_client(app, "bob")

    async with ada.stream("/events") as hers, bob.stream("/events") as his:
        assert (await hers.receive(timeout=1)).event == "session"
        await live.publish("ada", "hello\nyou", event="news", id="1")

        assert await hers.receive(timeout=1) == Event(event="news", data="hello\nyou", id="1")
        with pytest.raises(TimeoutError, match=r"/events: no event news came within 0\.05 s"):
            await his.receive("news", timeout=0.05)


async def test_a_sign_out_ends_it(app: Quart, live: Live) -> None:
    @app.post("/logout")
    async def logout() -> ResponseReturnValue:
        session.clear()
        return "", 204

    ada = await signed_in_client(app, "ada")

    async with ada.stream("/events") as events:
        await ada.post("/logout")

        assert (await events.receive("signed-out", timeout=1)).data == "ended"
        await events.wait_closed(timeout=1)
        with pytest.raises(StreamClosed, match="/events has ended"):
            await events.receive()


async def test_what_is_no_stream_is_refused_with_the_answer(app: Quart, live: Live) -> None:
    @app.get("/page")
    async def page() -> ResponseReturnValue:
        return "a page"

    @app.get("/forbidden")
    async def forbidden() -> ResponseReturnValue:
        abort(403)

    client = Client(app)
    for path, status in (("/events", 204), ("/page", 200), ("/forbidden", 403)):
        with pytest.raises(StreamRefused, match=f"{path} was answered with {status}") as caught:
            async with client.stream(path):
                pass
        assert caught.value.response.status == status


async def test_it_asks_as_browsers_do_and_keeps_the_cookies_that_come(app: Quart) -> None:
    asked: dict[str, str] = {}

    @app.get("/told")
    async def told() -> ResponseReturnValue:
        asked.update(request.headers)
        head = {"Content-Type": "text/event-stream", "Set-Cookie": "seen=1"}
        return "data: 1\n\n", head

    client = Client(app)
    async with client.stream("/told", headers={"Last-Event-ID": "6"}) as events:
        assert (await events.receive()).data == "1"

    assert asked["Accept"] == "text/event-stream"
    assert asked["Sec-Fetch-Mode"] == "cors"
    assert asked["Last-Event-Id"] == "6"
    assert "seen" in client.cookies


async def test_leaving_it_tells_the_application(app: Quart) -> None:
    left = answered_with(app, b"data: 1\n\n", ends=False)

    async with Client(app).stream("/told") as events:
        await events.receive()
        assert not left.is_set()

    assert left.is_set()


async def test_what_the_application_raises_meanwhile_is_raised_here(app: Quart) -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with Client(broken).stream("/told"):
            pass


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_events_are_read_as_browsers_read_them_wherever_they_are_cut(size: int) -> None:
    reader = EventReader()

    read = [
        event
        for start in range(0, len(TOLD), size)
        for event in reader.feed(TOLD[start : start + size])
    ]

    assert read == READ
