"""A store that does what it is told and whose answer gets lost: no session is lost with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from quart_app.errors import StoreUnavailable
from quart_app.sessions import ServerSideSession
from quart_app.sessions.held.tokens import key_of
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import FakeClock, WrappedStore
from tests.sessions.browser import (
    Browser,
    Handler,
    clear,
    cookies_in,
    ignore,
    look,
    put,
    regenerate,
)

T = TypeVar("T")


class DeafStore(WrappedStore):
    """Carries out what it is asked, but the next answers of one kind do not arrive."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(MemoryStore(clock=clock))
        self.kind, self.lost, self.carries_out = "", 0, True

    def lose(self, kind: str, times: int, *, carries_out: bool = True) -> None:
        """From now on."""
        self.kind, self.lost, self.carries_out = kind, times, carries_out

    async def called(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        if name != self.kind or not self.lost:
            return await call()
        self.lost -= 1
        if self.carries_out:
            await call()
        raise StoreUnavailable("no answer")


@pytest.fixture
def store(clock: FakeClock) -> DeafStore:
    return DeafStore(clock)


@pytest.mark.parametrize("carries_out", [True, False])
@pytest.mark.parametrize("handler", [regenerate, put(name="ada")])
async def test_one_lost_answer_of_a_rotation_is_nothing(
    store: DeafStore, browser: Browser, handler: Handler, *, carries_out: bool
) -> None:
    await browser.arrive(put(cart=1))
    store.lose("retire", 1, carries_out=carries_out)

    response = await browser.visit(handler)

    assert response.status_code == 200
    assert len(cookies_in(response)) == 1
    assert await browser.read("cart") == 1


async def test_a_store_that_fails_halfway_through_a_new_token_signs_nobody_out(
    store: DeafStore, browser: Browser
) -> None:
    await browser.visit(put(name="ada"))
    tab = browser.copy()

    async def regenerate_late(session: ServerSideSession) -> None:
        session.regenerate()
        await tab.visit(put(lang="fr"))
        store.lose("patch", 100, carries_out=False)

    await browser.visit(regenerate_late)

    assert await browser.look(look) == {"name": "ada"}


async def test_what_others_stored_until_then_is_not_lost_either(
    store: DeafStore, browser: Browser
) -> None:
    await browser.arrive(put(cart=1))
    tab = browser.copy()

    async def regenerate_late(session: ServerSideSession) -> None:
        session.regenerate()
        await tab.visit(put(lang="fr"))
        store.lose("retire", 1)

    await browser.visit(regenerate_late)

    assert await browser.look(look) == {"cart": 1, "lang": "fr"}


async def test_if_the_store_stays_silent_the_new_record_stays_and_the_503_does_not_boast(
    store: DeafStore, browser: Browser
) -> None:
    raised: list[StoreUnavailable] = []
    app = browser.app

    @app.errorhandler(StoreUnavailable)
    async def unavailable(error: StoreUnavailable) -> tuple[str, int]:
        raised.append(error)
        return "", 503

    await browser.arrive(put(cart=1))
    old_token = browser.token or ""
    store.lose("retire", 2)

    response = await browser.visit(regenerate)

    assert response.status_code == 503
    assert cookies_in(response) == []
    assert [error.may_be_done for error in raised] == [True]
    address = await store.forwarding(key_of(old_token))
    assert isinstance(address, ForwardingAddress)
    assert await store.load(address.successor or "") is not None


async def test_a_rotation_that_never_reached_the_store_leaves_the_old_session(
    store: DeafStore, browser: Browser
) -> None:
    await browser.arrive(put(cart=1))
    store.lose("retire", 2, carries_out=False)

    response = await browser.visit(regenerate)

    assert response.status_code == 503
    assert await browser.look(look) == {"cart": 1}


async def test_a_sign_out_whose_answer_is_lost_may_be_sent_again(
    store: DeafStore, browser: Browser
) -> None:
    await browser.arrive(put(name="ada"))
    store.lose("retire", 1)

    first = await browser.visit(clear, method="POST")
    again = await browser.visit(clear, method="POST")

    assert (first.status_code, again.status_code) == (503, 200)
    assert await browser.look(look) == {}
    assert browser.token is None


async def test_that_a_cookie_came_back_may_get_lost_and_is_said_again(
    store: DeafStore, browser: Browser
) -> None:
    await browser.visit(put(cart=1))
    store.lose("touch", 1, carries_out=False)

    response = await browser.visit(ignore)
    key = key_of(browser.token or "")
    waiting = await store.load(key)
    await browser.visit(ignore)
    arrived = await store.load(key)

    assert response.status_code == 200
    assert waiting is not None
    assert waiting.awaits_cookie
    assert arrived is not None
    assert not arrived.awaits_cookie
