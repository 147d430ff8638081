"""A session that ends while a page of it is being opened."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from quart import Quart

from quart_app.live import Live
from quart_app.sessions import Record
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.memory import MemoryStore
from tests.live.pages import Browser, serving
from tests.serving.programs.notes import create_app


class SlowStore(MemoryStore):
    """Takes its time between finding records and saying so, for whoever asks next."""

    def __init__(self) -> None:
        super().__init__()
        self.holds_next = False
        self.is_holding = asyncio.Event()
        self.let_go = asyncio.Event()

    async def find(self, key: str) -> Record | ForwardingAddress | None:
        found = await super().find(key)
        await self._hold()
        return found

    async def owned_by(self, owner: str) -> list[Record]:
        records = await super().owned_by(owner)
        await self._hold()
        return records

    async def _hold(self) -> None:
        if self.holds_next:
            self.holds_next = False
            self.is_holding.set()
            await self.let_go.wait()


def make_app(store: MemoryStore) -> Quart:
    """No page is to learn by a heartbeat."""
    app = create_app({"STREAM_HEARTBEAT": 3600}, store=store)
    Live(app)
    return app


@pytest.mark.parametrize("parks", [True, False])
async def test_a_page_whose_session_ends_while_it_is_opened_learns_all_the_same(
    parks: bool,
) -> None:
    store = SlowStore()
    app = make_app(store)
    async with serving(app):
        ada = await Browser(app, parks=parks).sign_in("ada")
        store.holds_next = True
        opening = asyncio.create_task(ada.page())
        await store.is_holding.wait()

        await ada.client.post("/logout")
        store.let_go.set()
        page = await opening

        assert page.status == 200
        await page.ends()
        assert page.events == ["event: signed-out\ndata: ended"]


async def test_a_page_that_came_while_its_owner_was_signed_out_everywhere_learns_it_too() -> None:
    store = SlowStore()
    app = make_app(store)
    interface: Any = app.session_interface
    async with serving(app):
        ada = Browser(app, parks=True)
        store.holds_next = True
        ending = asyncio.create_task(interface.delete_owned_by("ada"))
        await store.is_holding.wait()
        page = await (await ada.sign_in("ada")).page()

        store.let_go.set()
        ended = await ending

        assert [record.owner for record in ended] == ["ada"]
        await page.ends()


@pytest.mark.parametrize("parks", [True, False])
async def test_whatever_happens_at_once_no_page_of_an_ended_session_stays_open(
    parks: bool,
) -> None:
    app = make_app(MemoryStore())
    async with serving(app):
        browsers = [await Browser(app, parks=parks).sign_in("ada") for _ in range(20)]

        pages, _ = await asyncio.gather(
            asyncio.gather(*(browser.page() for browser in browsers for _ in range(3))),
            asyncio.gather(*(browser.client.post("/logout") for browser in browsers)),
        )

        assert len(pages) == 60
        for page in pages:
            await page.ends()
        assert await app.session_interface.owned_by("ada") == []  # type: ignore[attr-defined]
