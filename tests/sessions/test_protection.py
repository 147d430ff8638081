"""A session can be bound to the address it began at; nobody can claim another's, or end it."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Quart, Response
from werkzeug.datastructures import Headers

from quart_app.sessions import ServerSideSession
from tests.sessions.browser import (
    Browser,
    CountingStore,
    Handler,
    clear,
    cookies_in,
    look,
    make_app,
    put,
    regenerate,
)

HOME, AWAY = "192.0.2.1", "198.51.100.7"


def protected(store: CountingStore, *, behind_proxy: bool = True) -> Quart:
    return make_app(store, SESSION_PROTECTION=True, SESSION_REVERSE_PROXY=behind_proxy)


def headers(forwarded: tuple[str, ...]) -> Headers:
    """As a proxy sends them."""
    return Headers([("X-Forwarded-For", value) for value in forwarded])


async def see(browser: Browser, *forwarded: str) -> Any:
    """What the session holds for somebody whose proxy sends these headers."""
    return await browser.look(look, headers=headers(forwarded))


async def visit(browser: Browser, handler: Handler, *forwarded: str) -> Response:
    return await browser.visit(handler, headers=headers(forwarded))


@pytest.fixture
async def at_home(store: CountingStore) -> Browser:
    """Somebody who signed in at home."""
    browser = Browser(protected(store))
    await visit(browser, put(name="ada"), HOME)
    return browser


async def test_the_same_address_goes_on(at_home: Browser) -> None:
    assert await see(at_home, HOME) == {"name": "ada"}


@pytest.mark.parametrize(
    "forwarded",
    [
        *([AWAY], [f"{HOME}, {AWAY}"], [HOME, AWAY], []),
        *(["unknown"], ["<script>"], [""], [f"{HOME},"]),
    ],
)
async def test_another_address_is_a_new_visitor(at_home: Browser, forwarded: list[str]) -> None:
    assert await see(at_home.copy(), *forwarded) == {}


@pytest.mark.parametrize("forwarded", [[f"{AWAY}, {HOME}"], [AWAY, HOME], [f"  {HOME} "]])
async def test_only_what_our_own_proxy_added_counts(at_home: Browser, forwarded: list[str]) -> None:
    assert await see(at_home, *forwarded) == {"name": "ada"}


async def test_somebody_elsewhere_does_not_end_it(at_home: Browser, store: CountingStore) -> None:
    thief = at_home.copy()

    for handler in (look, put(name="mallory"), put(name=None)):
        await visit(thief, handler, AWAY)

    assert await see(at_home, HOME) == {"name": "ada"}


async def test_the_binding_is_no_entry_and_survives_everything(at_home: Browser) -> None:
    def clear_and_sign_in(session: ServerSideSession) -> None:
        session.clear()
        session["name"] = "bob"

    await visit(at_home, clear_and_sign_in, HOME)
    await visit(at_home, regenerate, HOME)
    await visit(at_home, put(x=1), HOME)

    assert await see(at_home.copy(), AWAY) == {}
    assert await see(at_home, HOME) == {"name": "bob", "x": 1}


async def test_a_session_without_an_address_stays_unusable_by_others(store: CountingStore) -> None:
    browser = Browser(protected(store))
    await visit(browser, put(name="ada"))

    assert await see(browser.copy(), HOME) == {}


async def test_an_emptied_session_is_gone_binding_and_all(
    at_home: Browser, store: CountingStore
) -> None:
    response = await visit(at_home, put(name=None), HOME)

    assert await store.records() == []
    assert [cookie.clears for cookie in cookies_in(response)] == [True]


async def test_without_a_proxy_the_header_says_nothing(store: CountingStore) -> None:
    browser = Browser(protected(store, behind_proxy=False))

    await visit(browser, put(name="ada"), HOME)

    assert await see(browser, AWAY) == {"name": "ada"}


async def test_it_is_off_unless_asked_for(store: CountingStore) -> None:
    browser = Browser(make_app(store))
    await visit(browser, put(name="ada"), HOME)

    assert await see(browser, AWAY) == {"name": "ada"}


@pytest.mark.parametrize("change", [put(cart="theirs"), clear], ids=["change", "sign out"])
async def test_nor_does_what_comes_late_from_elsewhere_change_or_end_it(
    at_home: Browser, change: Handler
) -> None:
    await visit(at_home, put(cart="mine"), HOME)
    thief = at_home.copy()
    await visit(at_home, regenerate, HOME)
    await visit(at_home, look, HOME)

    await visit(thief, change, AWAY)

    assert await see(at_home, HOME) == {"name": "ada", "cart": "mine"}
