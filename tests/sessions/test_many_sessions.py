"""How many sessions one owner may have, and what a sign-out costs among many."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Quart

from quart_app.testing import FakeClock
from tests.sessions.browser import (
    Browser,
    CountingStore,
    clear,
    ignore,
    interface_of,
    look,
    make_app,
    put,
    regenerate,
)


def bounded(store: CountingStore, most: int, **config: Any) -> Quart:
    return make_app(store, SESSION_OWNER_KEY="name", SESSIONS_PER_OWNER=most, **config)


async def test_of_more_sessions_than_an_owner_may_have_the_one_longest_unseen_ends(
    store: CountingStore, clock: FakeClock
) -> None:
    app = bounded(store, 3)
    told: list[str] = []
    browsers = [Browser(app) for _ in range(4)]
    for browser in browsers[:3]:
        await browser.arrive(put(name="ada"))
        clock.advance(hours=1)
    await browsers[0].visit(ignore)
    key = await browsers[1].look(lambda session: session.sid)
    await browsers[2].visit(ignore)
    clock.advance(hours=2)
    await browsers[0].visit(ignore)
    interface_of(app).endings.subscribe(told.extend)

    await browsers[3].visit(put(name="ada"))

    assert [await browser.read("name") for browser in browsers] == ["ada", None, "ada", "ada"]
    assert told == [key]


async def test_a_new_token_costs_no_other_session(store: CountingStore) -> None:
    app = bounded(store, 2)
    browsers = [Browser(app) for _ in range(2)]
    for browser in browsers:
        await browser.arrive(put(name="ada"))

    for browser in browsers:
        await browser.arrive(regenerate)

    assert [await browser.look(look) for browser in browsers] == [{"name": "ada"}] * 2


@pytest.mark.parametrize("config", [{}, {"SESSION_OWNER_KEY": "name", "SESSIONS_PER_OWNER": 0}])
async def test_guessed_owners_have_any_number_and_so_have_those_without_a_bound(
    store: CountingStore, config: dict[str, Any]
) -> None:
    app = make_app(store, **config)

    for _ in range(120):
        await Browser(app).visit(put(name="ada"))

    assert len(await store.records()) == 120
    assert "owned_by" not in store.calls


async def test_a_hundred_is_the_most_by_default_and_more_end_at_one_of_the_next_sign_ins(
    store: CountingStore, clock: FakeClock
) -> None:
    app = make_app(store, SESSION_OWNER_KEY="name")
    await Browser(app).visit(put(name="grace"))
    for _ in range(100):
        await Browser(app).visit(put(name="ada"))
    assert "owned_by" not in store.calls

    while "owned_by" not in store.calls:  # a die decides when
        clock.advance(seconds=1)
        await Browser(app).visit(put(name="ada"))

    assert len(await store.records()) == 100 + 1


async def test_of_two_sign_outs_at_once_neither_lists_what_the_owner_has(
    store: CountingStore,
) -> None:
    browser = Browser(make_app(store, SESSION_OWNER_KEY="name"))
    await browser.arrive(put(name="ada"))
    tab = browser.copy()

    async def sign_out(session: Any) -> None:
        session.clear()
        await tab.visit(clear, method="POST")

    store.calls.clear()
    await browser.visit(sign_out, method="POST")

    assert sorted(store.calls) == ["find", "find", "retire", "retire"]
