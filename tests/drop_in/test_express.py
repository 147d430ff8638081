"""The promises of express-session's suite that are about when a session is stored and found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from quart_app.sessions import ServerSideSession
from quart_app.sessions.held.tokens import key_of
from quart_app.testing import FakeClock
from tests.sessions.browser import (
    Browser,
    CountingStore,
    Handler,
    clear,
    cookies_in,
    ignore,
    look,
    make_app,
    put,
    regenerate,
)


@pytest.fixture
def store(clock: FakeClock) -> CountingStore:
    return CountingStore(clock=clock)


@pytest.fixture
def browser(store: CountingStore) -> Browser:
    return Browser(make_app(store))


async def test_a_new_session_is_stored_and_found_again(
    browser: Browser, store: CountingStore
) -> None:
    response = await browser.visit(put(x=1))

    assert [cookie.name for cookie in cookies_in(response)] == ["session"]
    assert len(await store.records()) == 1
    assert await browser.look(look) == {"x": 1}


async def test_two_visitors_have_two_sessions(browser: Browser, store: CountingStore) -> None:
    other = Browser(browser.app)

    await browser.arrive(put(x=1))
    await other.visit(put(x=2))

    assert len(await store.records()) == 2
    assert await browser.read("x") == 1


async def streamed() -> AsyncIterator[str]:
    yield "hello, "
    yield "world"


@pytest.mark.parametrize(
    "answer",
    ["", ("", 204), ("hello", {"Content-Length": "5"}), streamed],
    ids=["empty", "no content", "with its length", "in parts"],
)
async def test_it_is_stored_when_the_answer_ends(
    browser: Browser, store: CountingStore, answer: Any
) -> None:
    await browser.visit(put(x=1), answer=answer() if callable(answer) else answer)

    assert len(await store.records()) == 1
    assert await browser.read("x") == 1


async def test_a_session_that_the_store_lost_is_a_new_one(
    browser: Browser, store: CountingStore
) -> None:
    await browser.arrive(put(x=1))
    token = browser.token
    [record] = await store.records()
    await store.memory.delete(record.key)

    assert await browser.read("x") is None
    await browser.visit(put(x=2))

    assert browser.token not in (None, token)


@pytest.mark.parametrize("token", ["x", "A" * 42, "A" * 44, "s:abc.def", "*" * 43])
async def test_a_cookie_that_we_cannot_have_made_costs_no_call(
    browser: Browser, store: CountingStore, token: str
) -> None:
    forger = Browser(browser.app, token=token)

    await forger.visit(look)

    assert store.calls == []
    await forger.visit(put(x=1))
    assert forger.token not in (None, token)


async def test_an_expired_session_is_a_new_one(
    browser: Browser, store: CountingStore, clock: FakeClock
) -> None:
    await browser.arrive(put(x=1))
    token = browser.token or ""
    clock.advance(hours=8)

    assert await browser.read("x") is None
    await browser.visit(put(x=2))

    assert browser.token not in (None, token)
    assert await store.load(key_of(token)) is None


async def test_an_entry_named_like_a_method_is_an_entry(browser: Browser) -> None:
    await browser.visit(put(save="nope", modified="nope", sid="nope"))

    assert await browser.look(lambda session: session.save()) is True
    assert await browser.look(lambda session: session.modified) is False
    assert await browser.read("save") == "nope"


async def test_only_its_data_is_listed(browser: Browser) -> None:
    await browser.visit(put(a=1, b=2))

    assert await browser.look(list) == ["a", "b"]


async def test_an_untouched_session_is_neither_stored_nor_sent(
    browser: Browser, store: CountingStore
) -> None:
    for handler in (ignore, look):
        response = await browser.visit(handler)
        assert cookies_in(response) == []

    assert store.calls == []


async def test_an_unmodified_session_is_not_written(browser: Browser, store: CountingStore) -> None:
    await browser.arrive(put(x=1, deep={"y": [1]}))
    store.calls.clear()

    for handler in (ignore, look, put(x=1)):
        response = await browser.visit(handler)
        assert cookies_in(response) == []

    assert store.writes == []


CHANGES = {
    "an entry": put(x=2),
    "deep down": lambda session: session["deep"]["y"].append(2),
    "its lifetime": lambda session: setattr(session, "idle_lifetime", timedelta(minutes=1)),
    "its kind": lambda session: setattr(session, "permanent", True),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_modified_session_is_written_once(
    browser: Browser, store: CountingStore, change: str
) -> None:
    await browser.arrive(put(x=1, deep={"y": [1]}))
    store.calls.clear()

    await browser.visit(CHANGES[change])

    assert store.writes == ["patch"]


async def test_looking_resets_its_expiration(
    browser: Browser, store: CountingStore, clock: FakeClock
) -> None:
    await browser.arrive(put(x=1))
    store.calls.clear()

    for _ in range(3):
        clock.advance(hours=7)
        assert await browser.read("x") == 1

    assert store.writes == ["touch"] * 3


async def test_an_error_while_it_is_looked_up_reaches_the_page(
    browser: Browser, store: CountingStore
) -> None:
    await browser.arrive(put(x=1))
    store.lost = frozenset({"find"})

    response = await browser.visit(look)

    assert response.status_code == 503
    assert cookies_in(response) == []


@pytest.mark.parametrize(
    ("call", "handler"),
    [
        ("patch", put(x=2)),
        ("retire", clear),
        ("create", regenerate),
    ],
)
async def test_an_error_while_it_is_saved_reaches_the_page(
    browser: Browser, store: CountingStore, call: str, handler: Any
) -> None:
    await browser.arrive(put(name="ada", x=1))
    store.lost = frozenset({call})

    response = await browser.visit(handler)
    store.lost = frozenset()

    assert response.status_code == 503
    assert cookies_in(response) == []
    assert await browser.read("x") == 1


async def test_a_session_that_could_not_be_touched_is_still_a_session(
    browser: Browser, store: CountingStore, clock: FakeClock
) -> None:
    await browser.arrive(put(x=1))
    clock.advance(hours=7)
    store.lost = frozenset({"touch"})

    assert await browser.read("x") == 1


async def test_pages_without_a_session_go_on_without_the_store(
    browser: Browser, store: CountingStore
) -> None:
    await browser.arrive(put(x=1))

    store.lost = ("create", "find", "patch", "touch", "retire", "delete")
    assert (await browser.visit(ignore)).status_code == 200
    assert (await browser.visit(look)).status_code == 503
    store.lost = frozenset()

    assert await browser.read("x") == 1


async def test_destroying_it_ends_it_and_its_cookie(browser: Browser, store: CountingStore) -> None:
    await browser.arrive(put(x=1))
    copy = browser.copy()

    response = await browser.visit(clear)

    assert [cookie.clears for cookie in cookies_in(response)] == [True]
    assert await store.records() == []
    assert await copy.look(look) == {}


async def test_one_that_is_destroyed_at_once_sets_no_cookie(
    browser: Browser, store: CountingStore
) -> None:
    def begin_and_destroy(session: ServerSideSession) -> None:
        session["x"] = 1
        session.clear()

    response = await browser.visit(begin_and_destroy)

    assert cookies_in(response) == []
    assert store.writes == []


async def is_replaced(
    browser: Browser, store: CountingStore, handler: Handler, *, by: dict[str, int]
) -> None:
    await browser.arrive(put(x=1))
    before = browser.copy()
    sid = await browser.look(lambda session: session.sid)

    await browser.visit(handler)

    assert browser.token not in (None, before.token)
    assert await browser.look(lambda session: session.sid) != sid
    assert await browser.look(look) == by
    assert await before.look(look) == {}
    assert len(await store.records()) == 1


async def test_regenerating_replaces_it(browser: Browser, store: CountingStore) -> None:
    await is_replaced(browser, store, regenerate, by={"x": 1})


async def test_regenerating_after_clearing_begins_anew(
    browser: Browser, store: CountingStore
) -> None:
    def begin_anew(session: ServerSideSession) -> None:
        session.clear()
        session.regenerate()
        session["y"] = 2

    await is_replaced(browser, store, begin_anew, by={"y": 2})
