"""The notes application with streams, and browsers that have pages of it open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from quart import Quart

from quart_app.live import Live
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import BrokenStore, FakeClock
from tests.live.overheard import Overheard
from tests.live.pages import Browser, NewBrowser, serving
from tests.serving.programs.notes import create_app


@pytest.fixture(params=["parked", "ordinary"])
def parks(request: pytest.FixtureRequest) -> bool:
    """Whether the server parks streams."""
    return bool(request.param == "parked")


@pytest.fixture
def config() -> dict[str, Any]:
    """What a test wants to be otherwise."""
    return {}


@pytest.fixture
def store(clock: FakeClock) -> BrokenStore:
    """It works, until the test breaks it."""
    return BrokenStore(MemoryStore(clock=clock))


@pytest.fixture
def app(config: dict[str, Any], store: BrokenStore, clock: FakeClock) -> Quart:
    """The notes."""
    return create_app(config, store=store, clock=clock)


@pytest.fixture
def others() -> Overheard:
    """Other processes, who say what the test has them say."""
    return Overheard()


@pytest.fixture
def live(app: Quart, others: Overheard) -> Live:
    """Its streams."""
    return Live(app, bus=others)


@pytest.fixture
async def new_browser(app: Quart, live: Live, parks: bool) -> AsyncIterator[NewBrowser]:
    """Somebody at a computer."""
    browsers: list[Browser] = []

    def make() -> Browser:
        browsers.append(Browser(app, parks=parks))
        return browsers[-1]

    async with serving(app):
        yield make
        for browser in browsers:
            await browser.close()


@pytest.fixture
async def ada(new_browser: NewBrowser) -> Browser:
    """Who is signed in."""
    return await new_browser().sign_in("ada")
