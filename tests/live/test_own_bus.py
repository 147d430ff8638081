"""A store of one's own may bring a bus of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from quart import Quart

from quart_app.live import Bus, Live
from quart_app.live.bus.base import Back, Heard
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import FakeClock
from quart_app.testing.wrapped_store import WrappedStore
from tests.live.pages import Browser, serving
from tests.serving.programs.notes import create_app

# No page is to learn by that.
SLOW_HEART = {"STREAM_HEARTBEAT": 3600}


class Courier(Bus):
    """Between applications in one process."""

    def __init__(self, listening: dict[Courier, Heard]) -> None:
        self._listening = listening

    def listen(self, heard: Heard, back: Back) -> None:
        self._listening[self] = heard
        back()

    def send(self, packed: bytes) -> None:
        for courier, heard in tuple(self._listening.items()):
            if courier is not self:
                heard(packed)

    async def close(self) -> None:
        self._listening.pop(self, None)


@pytest.fixture
def apps(clock: FakeClock) -> Iterator[tuple[Quart, Quart]]:
    """Two that share a store which is nobody's that is known."""
    store, listening = WrappedStore(MemoryStore(clock=clock)), dict[Courier, Heard]()
    pair = tuple(create_app(SLOW_HEART, store=store, clock=clock) for _ in range(2))
    for app in pair:
        Live(app, bus=Courier(listening))
    yield pair  # type: ignore[misc]
    assert not listening


async def test_what_ends_at_one_reaches_the_pages_of_another(apps: tuple[Quart, Quart]) -> None:
    here, there = apps
    async with serving(here), serving(there):
        browser = await Browser(here, parks=True).sign_in()
        page = await browser.page()
        await page.gets("event: session")

        interface: Any = there.session_interface
        await interface.delete_owned_by("ada")

        await page.gets("event: signed-out")
        await browser.close()
