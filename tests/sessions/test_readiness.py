"""Whether the store takes writes is known, and found out by a write only when it is not."""

from __future__ import annotations

import pytest
from quart import Quart

from quart_app.errors import StoreUnavailable
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.saving import readiness
from tests.sessions.browser import Browser, CountingStore, interface_of, put

WRITES = ("create", "patch", "touch", "retire", "delete")


@pytest.fixture
def interface(app: Quart) -> ServerSideSessionInterface:
    return interface_of(app)


async def test_it_is_tried_once_and_leaves_nothing(
    store: CountingStore, interface: ServerSideSessionInterface
) -> None:
    for _ in range(5):
        await interface.verify()

    assert store.writes == ["create", "patch", "delete"]
    assert (await store.sweep(budget=10)).examined == 0


async def test_what_a_request_could_not_write_is_known_without_asking(
    store: CountingStore,
    app: Quart,
    interface: ServerSideSessionInterface,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await Browser(app).visit(put(a=1))
    await interface.verify()
    store.lost = WRITES

    refused = await Browser(app).visit(put(a=1))
    asked = []
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="the test has broken"):
            await interface.verify()
        asked.append(len(store.writes))

    assert refused.status_code == 503
    assert asked[0] == asked[1], "not at each question"
    store.lost = ()
    monkeypatch.setattr(readiness, "PROBE_AGAIN_SECONDS", 0)
    await interface.verify()


async def test_what_a_request_wrote_is_known_too(
    store: CountingStore, browser: Browser, interface: ServerSideSessionInterface
) -> None:
    await browser.visit(put(a=1))
    writes = list(store.writes)
    await interface.verify()

    assert store.writes == writes


async def test_that_a_change_in_place_was_taken_does_not_count(
    store: CountingStore,
    app: Quart,
    interface: ServerSideSessionInterface,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = Browser(app)
    await known.arrive(put(a=1))
    monkeypatch.setattr(readiness, "PROBE_AGAIN_SECONDS", 0.0)
    store.lost = ("create",)

    assert (await Browser(app).visit(put(a=1))).status_code == 503
    assert (await known.visit(put(a=2))).status_code == 200
    with pytest.raises(StoreUnavailable, match="the test has broken"):
        await interface.verify()
