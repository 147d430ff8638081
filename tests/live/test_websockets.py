"""An application's websockets end with the session of whoever opened them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from quart import Quart, websocket

from quart_app.live import Live
from quart_app.sessions import Session
from quart_app.testing import BrokenStore, Client, FakeClock, signed_in_client
from quart_app.testing.websocket import WebSocket
from tests.kit.polling import eventually
from tests.live.pages import serving
from tests.serving.browsing import refusal_of

END = "live"


@pytest.fixture
def config() -> dict[str, object]:
    """Hearts beat quickly here."""
    return {"STREAM_HEARTBEAT": 0.1}


@pytest.fixture
async def app(
    config: dict[str, object], store: BrokenStore, clock: FakeClock
) -> AsyncIterator[Quart]:
    """It sends back what it gets, while one is signed in."""
    app = Quart(__name__)
    app.config.update(config)
    Session(app, store=store, clock=clock)
    live = Live(app)
    app.extensions[END] = live
    app.extensions["after"] = []

    @app.websocket("/echo")
    async def echo() -> None:
        async with live.signed_in():
            while True:
                await websocket.send(await websocket.receive())
        app.extensions["after"].append("cleaned up")

    @app.websocket("/once")
    async def once() -> None:
        async with live.signed_in():
            await websocket.send("hello")
        await websocket.send("and on")

    async with serving(app):
        yield app


async def says(websocket: WebSocket, text: str) -> None:
    await websocket.send(text)
    assert await websocket.receive() == text


@asynccontextmanager
async def ada_talks(app: Quart, **options: Any) -> AsyncIterator[WebSocket]:
    """A websocket of hers, which has been answered."""
    ada = await signed_in_client(app, "ada")
    async with ada.websocket("/echo", **options) as here:
        await says(here, "hello")
        yield here


async def test_it_is_closed_with_4001_when_its_session_ends(app: Quart) -> None:
    ada = await signed_in_client(app, "ada")
    async with ada.websocket("/echo") as here, ada.websocket("/echo") as there:
        await says(here, "hello")
        await says(there, "hello")

        await app.session_interface.delete_owned_by("ada")  # type: ignore[attr-defined]

        assert await here.wait_closed() == 4001
        assert await there.wait_closed() == 4001
    assert app.extensions["after"] == ["cleaned up"] * 2


async def test_so_it_is_when_the_session_ended_without_a_word(app: Quart, clock: FakeClock) -> None:
    async with ada_talks(app) as here:
        clock.advance(hours=9)

        assert await here.wait_closed() == 4001


async def test_those_of_others_stay(app: Quart) -> None:
    ada, grace = await signed_in_client(app, "ada"), await signed_in_client(app, "grace")
    async with ada.websocket("/echo") as hers, grace.websocket("/echo") as other:
        await says(hers, "hello")
        await says(other, "hello")

        await app.session_interface.delete_owned_by("ada")  # type: ignore[attr-defined]

        assert await hers.wait_closed() == 4001
        await says(other, "still here")


async def test_who_is_not_signed_in_is_told_so_at_once(app: Quart) -> None:
    async with Client(app).websocket("/echo") as nobody:
        assert await nobody.wait_closed() == 4001


async def test_an_outage_of_the_store_signs_nobody_out(app: Quart, store: BrokenStore) -> None:
    ada = await signed_in_client(app, "ada")
    store.broken = True

    assert (await refusal_of(ada, "/echo")).status == 503


@pytest.mark.parametrize(
    "said",
    [
        *({"Origin": origin} for origin in ("https://evil.example", "http://[", "null", "")),
        {"Origin": "http://example.test"},  # over https, of the same name
        *({"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "junk")),
    ],
    ids=str,
)
@pytest.mark.parametrize("is_signed_in", [True, False])
async def test_pages_of_other_sites_are_refused_before_it_opens(
    app: Quart, said: dict[str, str], is_signed_in: bool
) -> None:
    visitor = await signed_in_client(app, "ada") if is_signed_in else Client(app)

    assert (await refusal_of(visitor, "/echo", headers=said)).status == 403


async def test_a_page_of_ours_says_so_and_is_not(app: Quart) -> None:
    async with ada_talks(app, headers={"Origin": "https://EXAMPLE.test"}):
        pass


async def test_a_websocket_that_ended_is_forgotten(app: Quart) -> None:
    before = asyncio.all_tasks()

    async with ada_talks(app):
        beating = asyncio.all_tasks() - before

    # Hearts beat for those that are open.
    await eventually(lambda: all(task.done() for task in beating))


async def test_what_comes_after_the_block_goes_on(app: Quart) -> None:
    ada = await signed_in_client(app, "ada")
    async with ada.websocket("/once") as here:
        assert await here.receive() == "hello"
        assert await here.receive() == "and on"


async def test_a_handler_that_is_cancelled_from_outside_is_cancelled(app: Quart) -> None:
    live: Live = app.extensions[END]
    seen: list[str] = []

    @app.websocket("/limited")
    async def limited() -> None:
        await websocket.accept()
        try:
            async with asyncio.timeout(0.05), live.signed_in():
                await asyncio.sleep(10)
        except TimeoutError:
            seen.append("too late")

    ada = await signed_in_client(app, "ada")
    async with ada.websocket("/limited") as here:
        await here.wait_closed()

    assert seen == ["too late"]
