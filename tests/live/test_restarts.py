"""An application that was stopped starts again, and its pages hear as before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quart import Quart

from quart_app import create_app
from quart_app.live import Live
from quart_app.sessions import Session
from tests.live.pages import Browser, serving
from tests.serving.programs import notes

# No page is to learn by that.
SLOW_HEART = {"STREAM_HEARTBEAT": 3600}
Config = dict[str, Any]


def ones_own(config: Config) -> Quart:
    """An application with streams."""
    app = notes.create_app(config)
    Live(app)
    return app


def the_other_way_round(config: Config) -> Quart:
    """One whose streams were there before its sessions."""
    app = Quart(notes.__name__)
    app.config.update({"SESSION_OWNER_KEY": "name", **config})
    Live(app)
    Session(app)
    notes.add_pages(app)
    return app


@pytest.fixture(params=["memory", "filesystem"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Config:
    """Where its sessions are."""
    return {"DATA_DIR": str(tmp_path), "SESSION_TYPE": request.param, **SLOW_HEART}


@pytest.fixture(params=[create_app, ones_own, the_other_way_round])
def app(request: pytest.FixtureRequest, config: Config) -> Quart:
    """The login pages, and applications of one's own."""
    make: Callable[[Config], Quart] = request.param
    return make(config)


async def visit(app: Quart, *, elsewhere: Quart | None = None) -> None:
    """A page, which hears that its session was ended, perhaps in another process."""
    browser = await Browser(app, parks=True).sign_in()
    page = await browser.page()
    await page.gets("event: session")

    other: Any = (elsewhere or app).session_interface
    await other.delete_owned_by("ada")

    await page.ends()
    assert page.events == ["event: signed-out\ndata: ended"]


async def run(app: Quart) -> None:
    async with serving(app):
        await visit(app)


async def test_it_starts_again_in_the_same_event_loop(app: Quart) -> None:
    for _ in range(3):
        await run(app)


def test_it_starts_again_in_another_event_loop(app: Quart) -> None:
    for _ in range(3):
        asyncio.run(run(app))


async def test_it_starts_again_after_a_start_that_failed(app: Quart) -> None:
    reasons = [RuntimeError("as told")]

    @app.before_serving
    async def fail_once() -> None:
        if reasons:
            raise reasons.pop()

    with pytest.raises(RuntimeError, match="as told"):
        await app.startup()

    await run(app)


def test_other_processes_are_heard_again(tmp_path: Path) -> None:
    config = {"SESSION_TYPE": "filesystem", "SESSION_FILE_DIR": str(tmp_path / "s"), **SLOW_HEART}
    here, there = ones_own(config), ones_own(config)

    async def hear() -> None:
        async with serving(here, there):
            await visit(here, elsewhere=there)

    for _ in range(2):
        asyncio.run(hear())


async def test_what_the_application_does_at_its_end_still_reaches_pages(config: Config) -> None:
    app = notes.create_app(config)
    live = Live(app)
    told = []

    @app.while_serving
    async def say_goodbye() -> Any:
        yield
        told.append(await live.publish("ada", "goodbye"))

    async with serving(app):
        browser = await Browser(app, parks=True).sign_in()
        page = await browser.page()

    assert told == [1]
    assert page.events[0] == "data: goodbye"
