"""A store that a test breaks is a store like any other until then."""

from __future__ import annotations

import pytest
from quart import Quart, Response, session
from quart.typing import ResponseReturnValue

from quart_app.errors import StoreUnavailable
from quart_app.sessions import Session
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import BrokenStore, FakeClock, SessionNotKept, signed_in_client
from quart_app.testing.store_contract import StoreContract
from quart_app.testing.store_contract.samples import a_record


class TestWhole(StoreContract):
    @pytest.fixture
    def store(self, clock: FakeClock) -> Store:
        return BrokenStore(MemoryStore(clock=clock))


async def test_while_broken_every_call_but_close_raises_and_changes_nothing(
    clock: FakeClock,
) -> None:
    store = BrokenStore(MemoryStore(clock=clock))
    kept, new = a_record(clock, owner="ada"), a_record(clock)
    await store.create(kept)

    store.broken = True
    for call in (
        lambda: store.create(new),
        lambda: store.load(kept.key),
        lambda: store.patch(kept.key, set={"a": b"1"}),
        lambda: store.touch(kept.key, seen_at=clock()),
        lambda: store.delete(kept.key),
        lambda: store.owned_by("ada"),
        lambda: store.delete_owned_by("ada"),
        lambda: store.sweep(budget=1),
        lambda: store.check(),
    ):
        with pytest.raises(StoreUnavailable, match="the test has broken this store"):
            await call()
    await store.close()
    assert store.refused == 9

    store.broken = False
    assert await store.load(kept.key) == kept


async def test_a_broken_store_shows_what_the_application_does_in_an_outage() -> None:
    app = Quart(__name__)
    store = BrokenStore(MemoryStore())
    Session(app, store=store)

    @app.get("/")
    async def index() -> str:
        return str(session.get("name", "nobody"))

    @app.get("/public")
    async def public() -> str:
        return "open"

    @app.errorhandler(503)
    async def out_of_order(error: StoreUnavailable) -> ResponseReturnValue:
        return Response("back soon", 503)

    client = await signed_in_client(app, "ada")

    store.broken = True
    page = await client.get("/")
    assert (page.status, page.text()) == (503, "back soon")
    assert (await client.get("/public")).status == 200
    with pytest.raises(SessionNotKept, match="503"):
        await signed_in_client(app, "bob")

    store.broken = False
    assert (await client.get("/")).text() == "ada"
