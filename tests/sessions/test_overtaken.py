"""A request whose session moves, changes hands or ends under it harms nobody, whatever it does."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from quart import Quart, session, stream_with_context

from quart_app.errors import SignedInMeanwhile
from quart_app.sessions import ServerSideSession
from quart_app.testing import FakeClock
from tests.sessions.browser import (
    Browser,
    CountingStore,
    Handler,
    clear,
    cookies_in,
    look,
    make_app,
    permanently,
    put,
    regenerate,
)

SCRIPT = {"Sec-Fetch-Mode": "cors", "Accept": "*/*"}


pytestmark = pytest.mark.config(SESSION_OWNER_KEY="name")


@pytest.fixture
async def ada(browser: Browser) -> Browser:
    """Signed in."""
    await browser.arrive(put(name="ada", cart=["apple"]))
    return browser


@pytest.mark.parametrize("other", [put(name="bob"), clear], ids=["sign in", "sign out"])
async def test_saving_says_no_and_what_is_stored_afterwards_makes_no_session(
    ada: Browser, store: CountingStore, other: Handler
) -> None:
    tab, saved = ada.copy(), []

    async def work(session: ServerSideSession) -> None:
        session["progress"] = 1
        await tab.arrive(other)
        saved.append(await session.save())
        session["progress"] = 2
        saved.append(await session.save())
        session["progress"] = 3

    answer = await ada.visit(work)

    assert saved == [False, False]
    assert cookies_in(answer) == []
    assert len(await store.records()) == (await tab.read("name") == "bob")


async def test_who_goes_on_after_being_told_of_a_sign_in_is_told_again(ada: Browser) -> None:
    tab = ada.copy()

    async def work(session: ServerSideSession) -> None:
        session["progress"] = 1
        await tab.arrive(put(name="bob"))
        with pytest.raises(SignedInMeanwhile):
            await session.save()
        session["word"] = "sorry"

    answer = await ada.visit(work, method="POST")

    assert answer.status_code == 503
    assert cookies_in(answer) == []
    assert await tab.look(look) == {"name": "bob"}


@pytest.mark.parametrize(
    ("other", "after"),
    [
        (regenerate, {"name": "ada", "cart": ["apple"], "progress": 1}),
        (put(name="bob"), {"name": "bob"}),
        (clear, {}),
    ],
    ids=["new token", "sign in", "sign out"],
)
async def test_what_is_stored_after_reloading_goes_where_the_session_went(
    ada: Browser, other: Handler, after: dict[str, Any]
) -> None:
    tab = ada.copy()

    async def work(session: ServerSideSession) -> None:
        await tab.arrive(other)
        await session.reload()
        assert dict(session) == {}
        session["progress"] = 1

    answer = await ada.visit(work)

    assert cookies_in(answer) == []
    assert await tab.look(look) == after


async def test_who_reloads_has_looked(ada: Browser) -> None:
    async def work(session: ServerSideSession) -> None:
        await session.reload()

    assert (await ada.visit(work)).headers["Cache-Control"] == "no-store"


async def test_a_stream_that_reloads_and_does_not_save_is_told_what_is_lost(
    ada: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(session: ServerSideSession) -> None:
        await session.reload()
        session["progress"] = 1

    await ada.stream(work)
    gc.collect()

    assert "session['progress'] was changed after the answer had left" in caplog.text


async def test_no_answer_sets_the_cookie_of_before(ada: Browser, clock: FakeClock) -> None:
    await ada.arrive(permanently())
    tab = ada.copy()
    clock.advance(days=4)

    async def work(session: ServerSideSession) -> None:
        session.set_cookie_attributes(samesite="None", secure=True)
        session["progress"] = 1
        await session.save()  # by now the cookie is due once more
        await tab.arrive(regenerate)
        session["progress"] = 2

    assert cookies_in(await ada.visit(work)) == []
    assert await tab.read("progress") == 2


async def test_of_two_saves_at_once_under_a_moved_token_both_are_stored(ada: Browser) -> None:
    saved: dict[str, bool] = {}

    async def save(session: ServerSideSession, name: str) -> None:
        session[name] = 1
        saved[name] = await session.save()

    late = ada.copy()
    await ada.arrive(regenerate)
    await late.in_a_websocket(
        lambda session: asyncio.gather(save(session, "a"), save(session, "b"))
    )

    assert saved == {"a": True, "b": True}
    assert await ada.look(look) == {"name": "ada", "cart": ["apple"], "a": 1, "b": 1}


async def test_a_save_that_is_given_up_does_not_come_after_the_next(
    ada: Browser, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, may_end = asyncio.Event(), asyncio.Event()
    patch = store.memory.patch

    async def slowly(*args: Any, **kwargs: Any) -> Any:
        if not under_way.is_set():
            under_way.set()
            await may_end.wait()
        return await patch(*args, **kwargs)

    async def work(session: ServerSideSession) -> None:
        session["n"] = 1
        first = asyncio.create_task(session.save())
        await under_way.wait()
        first.cancel()
        session["n"] = 2
        second = asyncio.create_task(session.save())
        await asyncio.sleep(0)
        may_end.set()
        assert await second

    monkeypatch.setattr(store.memory, "patch", slowly)
    await ada.visit(work)

    assert await ada.read("n") == 2


async def test_clocks_that_two_requests_turn_around_a_new_token_do_not_end_the_session(
    ada: Browser, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after, still = ada.copy(), ada.copy(), asyncio.Event()
    retire = store.memory.retire

    def rest(days: int) -> Handler:
        async def turn(session: ServerSideSession) -> None:
            if days == 2:
                await still.wait()
            session.idle_lifetime = timedelta(days=days)

        return turn

    async def retire_in_between(*args: Any) -> Any:
        monkeypatch.setattr(store.memory, "retire", retire)
        follower = asyncio.create_task(after.visit(rest(2)))
        await asyncio.sleep(0)
        await before.visit(rest(1))
        retired = await retire(*args)
        still.set()
        await follower
        return retired

    monkeypatch.setattr(store.memory, "retire", retire_in_between)
    await ada.visit(regenerate)

    assert await ada.read("name") == "ada"
    assert await ada.look(lambda session: session.idle_lifetime) == timedelta(days=2)


async def test_sign_ins_at_once_do_not_end_each_other_where_only_one_may_stay(
    clock: FakeClock,
) -> None:
    class Slow(CountingStore):
        async def called(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
            await asyncio.sleep(0)
            return await super().called(name, call)

    app = make_app(Slow(clock=clock), SESSION_OWNER_KEY="name", SESSIONS_PER_OWNER=1)
    *at_once, later = [Browser(app) for _ in range(4)]
    await asyncio.gather(*(each.visit(put(name="ada")) for each in at_once))
    stayed = [await each.read("name") for each in at_once]
    clock.advance(seconds=1)
    await later.visit(put(name="ada"))

    assert "ada" in stayed
    assert [await each.read("name") for each in (*at_once, later)] == [None, None, None, "ada"]


@pytest.mark.config
async def test_of_two_scripts_that_seem_to_sign_in_one_is_asked_to_send_it_again(
    browser: Browser,
) -> None:
    await browser.arrive(put(name="ada", cart=["apple"]))
    tab = browser.copy()

    async def work(session: ServerSideSession) -> None:
        session["roles"] = ["editor"]
        await tab.arrive(put(email="ada@example.org"))

    answer = await browser.visit(work, method="POST", headers=SCRIPT)

    assert (answer.status_code, cookies_in(answer)) == (503, [])
    await tab.arrive(put(roles=["editor"]))
    expected = {"name": "ada", "cart": ["apple"], "roles": ["editor"], "email": "ada@example.org"}
    assert await tab.look(look) == expected


@pytest.mark.config
async def test_nothing_follows_where_a_websocket_signed_in_and_a_page_gave_the_new_token(
    browser: Browser,
) -> None:
    async def sign_in(session: ServerSideSession) -> None:
        session["logged_in"] = True
        await session.save()

    await browser.arrive(put(lang="fr"))
    planted = browser.copy()
    await browser.in_a_websocket(sign_in)
    await browser.arrive(look)

    answer = await planted.visit(put(evil=1), method="POST", headers=SCRIPT)

    assert answer.status_code == 503
    assert await browser.look(look) == {"lang": "fr", "logged_in": True}


async def test_what_a_sign_in_left_behind_is_not_in_the_handlers_hands_either(
    app: Quart, browser: Browser
) -> None:
    await browser.arrive(put(cart=["planted"]))
    tab = browser.copy()

    @app.post("/login")
    async def login() -> Any:
        session["name"] = "ada"
        await tab.arrive(put(name="ada"))

        @stream_with_context
        async def pieces() -> AsyncIterator[str]:
            yield "one"
            session.setdefault("cart", []).append("pear")
            await session.save()  # type: ignore[attr-defined]

        return pieces()

    await (await browser.client.post("/login")).get_data()

    assert await browser.look(look) == {"name": "ada", "cart": ["pear"]}
