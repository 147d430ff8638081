"""Changes under way follow a session that gets a new token, and stop where somebody signs in."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from quart_app.errors import SessionGone, SignedInMeanwhile
from quart_app.sessions import ServerSideSession
from quart_app.testing import FakeClock
from tests.sessions.browser import (
    SIGN_OUTS,
    Browser,
    CountingStore,
    Handler,
    clear,
    cookies_in,
    ignore,
    look,
    put,
    regenerate,
)

START = {"name": "ada", "cart": ["apple"], "lang": "en"}

pytestmark = pytest.mark.config(SESSION_OWNER_KEY="name")


@pytest.fixture
async def ada(browser: Browser) -> Browser:
    """Signed in."""
    await browser.arrive(put(**START))
    return browser


def meanwhile(handler: Handler, tab: Browser, *others: Handler) -> Handler:
    """A handler under which the session moves before its changes are saved."""

    async def change(session: ServerSideSession) -> None:
        handler(session)
        for other in others:
            await tab.arrive(other)

    return change


def regenerate_and_put(session: ServerSideSession) -> None:
    session.regenerate()
    session["seen"] = 1


CHANGES: dict[str, tuple[Handler, dict[str, Any]]] = {
    "set": (put(seen=1), {**START, "seen": 1}),
    "replaced": (put(lang="fr"), {**START, "lang": "fr"}),
    "dropped": (lambda s: s.pop("lang"), {"name": "ada", "cart": ["apple"]}),
    "nested": (lambda s: s["cart"].append("pear"), {**START, "cart": ["apple", "pear"]}),
    "with a new token": (regenerate_and_put, {**START, "seen": 1}),
}


@pytest.mark.parametrize("moves", [1, 3])
@pytest.mark.parametrize(("change", "after"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_change_under_way_follows_its_session(
    ada: Browser, change: Handler, after: dict[str, Any], moves: int, method: str
) -> None:
    tab = ada.copy()

    handler = meanwhile(change, tab, *[regenerate] * moves)
    response = await ada.visit(handler, method=method)

    assert response.status_code == 200
    assert cookies_in(response) == []
    assert await tab.look(look) == after


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_so_does_one_that_comes_under_the_moved_token(ada: Browser, method: str) -> None:
    late = ada.copy()
    await ada.arrive(regenerate)

    await late.visit(put(seen=1), method=method)
    await late.visit(lambda session: session.pop("lang", None), method=method)

    assert await ada.look(look) == {"name": "ada", "cart": ["apple"], "seen": 1}


async def test_a_lifetime_follows_too(ada: Browser, clock: FakeClock) -> None:
    tab = ada.copy()

    def shorten(session: ServerSideSession) -> None:
        session.idle_lifetime = timedelta(minutes=5)

    await ada.visit(meanwhile(shorten, tab, regenerate))

    assert await tab.look(lambda session: session.idle_lifetime) == timedelta(minutes=5)
    clock.advance(minutes=6)
    assert await tab.look(look) == {}


async def test_a_visitors_session_is_followed_like_any(browser: Browser) -> None:
    await browser.arrive(put(lang="en"))
    tab = browser.copy()

    await browser.visit(meanwhile(put(cart=1), tab, regenerate))

    assert await tab.look(look) == {"lang": "en", "cart": 1}


@pytest.mark.parametrize("moves", [1, 3])
@pytest.mark.parametrize("sign_out", SIGN_OUTS.values(), ids=SIGN_OUTS)
async def test_a_sign_out_under_way_follows(
    ada: Browser, store: CountingStore, sign_out: Handler, moves: int
) -> None:
    tab = ada.copy()

    response = await ada.visit(meanwhile(sign_out, tab, *[regenerate] * moves), method="POST")

    assert cookies_in(response) == []
    assert await tab.look(look) == {}
    assert await store.records() == []


@pytest.mark.parametrize("sign_out", SIGN_OUTS.values(), ids=SIGN_OUTS)
async def test_so_does_one_that_comes_under_the_moved_token_and_sees_nobody(
    ada: Browser, store: CountingStore, sign_out: Handler
) -> None:
    late = ada.copy()
    await ada.arrive(regenerate)

    response = await late.visit(sign_out, method="POST")

    assert cookies_in(response) == []
    assert await ada.look(look) == {}
    assert await store.records() == []


@pytest.mark.parametrize("moves", [1, 2])
async def test_clearing_nothing_takes_nothing_of_a_visitor(browser: Browser, moves: int) -> None:
    await browser.arrive(put(lang="en"))
    late = browser.copy()
    for _ in range(moves):
        await browser.arrive(regenerate)

    await late.visit(clear)

    assert await browser.look(look) == {"lang": "en"}


@pytest.mark.parametrize("who", [put(name="ada"), put(name="bob")])
@pytest.mark.parametrize("change", [put(seen=1), clear, regenerate])
async def test_nothing_follows_across_a_change_of_who_is_signed_in(
    browser: Browser, who: Handler, change: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await browser.arrive(put(lang="en"))
    poster, getter, victim = browser.copy(), browser.copy(), browser.copy()
    steps = {step: asyncio.Event() for step in ("posted", "got", "signed in")}

    def held(step: str) -> Handler:
        async def hold(session: ServerSideSession) -> None:
            change(session)
            steps[step].set()
            await steps["signed in"].wait()

        return hold

    posting = asyncio.create_task(poster.visit(held("posted"), method="POST"))
    getting = asyncio.create_task(getter.visit(held("got")))
    await steps["posted"].wait()
    await steps["got"].wait()
    await victim.arrive(who)
    before = await victim.look(look)
    steps["signed in"].set()
    posted, got = await posting, await getting

    assert await victim.look(look) == before
    assert (posted.status_code, posted.headers["Retry-After"]) == (503, "1")
    assert got.status_code == 200
    assert cookies_in(posted) == cookies_in(got) == []
    assert "session change dropped: somebody signed in or out meanwhile" in caplog.text


async def test_what_comes_under_the_planted_token_afterwards_does_not_follow_either(
    browser: Browser,
) -> None:
    await browser.arrive(put(lang="en"))
    attacker = browser.copy()
    await browser.arrive(put(name="ada"))

    posted = await attacker.visit(put(lang="evil"), method="POST")
    got = await attacker.visit(put(lang="evil"))
    out = await attacker.visit(clear, method="POST")

    assert (posted.status_code, got.status_code, out.status_code) == (503, 200, 503)
    assert await browser.look(look) == {"lang": "en", "name": "ada"}


async def test_a_change_under_an_ended_session_is_nowhere(
    ada: Browser, store: CountingStore
) -> None:
    tab = ada.copy()

    change = meanwhile(put(seen=1), tab, SIGN_OUTS["pop"])
    response = await ada.visit(change, method="POST", headers={"Sec-Fetch-Mode": "cors"})

    assert response.status_code == 200
    assert cookies_in(response) == []
    assert await store.records() == []


async def test_what_another_request_stored_before_the_move_does_not_undo_what_followed_it(
    ada: Browser, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that moves the session takes along what came in meanwhile; by then a later change may
    have followed already."""
    early, late = ada.copy(), ada.copy()
    retire = store.memory.retire

    async def retire_slowly(*args: Any) -> Any:
        await early.visit(put(lang="fr", seen=1))
        answer = await retire(*args)
        monkeypatch.undo()
        await late.visit(put(lang="it"))
        return answer

    monkeypatch.setattr(store.memory, "retire", retire_slowly)

    await ada.visit(regenerate)

    assert await ada.look(look) == {**START, "lang": "it", "seen": 1}


async def test_a_request_that_saves_early_follows_each_time(ada: Browser) -> None:
    tab = ada.copy()

    async def save_twice(session: ServerSideSession) -> None:
        session["first"] = 1
        await tab.arrive(regenerate)
        await session.save()
        session["second"] = 2
        await tab.arrive(regenerate)
        await session.save()
        session["third"] = 3

    await ada.visit(save_twice, method="POST")

    assert await tab.look(look) == {**START, "first": 1, "second": 2, "third": 3}


async def test_saving_early_after_a_sign_in_elsewhere_says_so(ada: Browser) -> None:
    tab = ada.copy()

    async def save(session: ServerSideSession) -> None:
        session["first"] = 1
        await tab.arrive(put(name="bob"))
        with pytest.raises(SignedInMeanwhile):
            await session.save()

    response = await ada.visit(save, method="POST")

    assert response.status_code == 200
    assert await tab.look(look) == {"name": "bob"}


async def test_a_websocket_follows_for_two_minutes_and_then_says_that_its_session_is_gone(
    ada: Browser, clock: FakeClock
) -> None:
    said: list[str] = []

    async def save_now_and_then(session: ServerSideSession) -> None:
        await ada.arrive(regenerate)
        for count, seconds in enumerate((0, 119, 1)):
            clock.advance(seconds=seconds)
            session["count"] = count
            try:
                await session.save()
            except SessionGone as exc:
                said.append(str(exc))
            said.append(str(await ada.read("count")))

    await ada.in_a_websocket(save_now_and_then)

    gone = "this websocket's session is gone: have its page open a new one"
    assert said == ["0", "1", gone, "1"]


@pytest.mark.parametrize("others", [[], [put(seen=1)]])
async def test_a_request_that_only_reads_is_nothing_to_a_session_that_moved(
    ada: Browser, clock: FakeClock, others: list[Handler]
) -> None:
    tab = ada.copy()
    clock.advance(hours=1)  # a touch is due

    response = await ada.visit(meanwhile(ignore, tab, *others, regenerate))

    assert response.status_code == 200
    assert cookies_in(response) == []
    assert (await tab.look(look)).items() >= START.items()


async def test_a_late_request_that_saves_early_keeps_what_it_holds_and_stores_it_once(
    ada: Browser, store: CountingStore
) -> None:
    late = ada.copy()
    await ada.arrive(regenerate)
    held: list[Any] = []

    async def save_early(session: ServerSideSession) -> None:
        session["seen"] = 1
        await session.save()
        held.append(dict(session))
        store.calls.clear()

    await late.visit(save_early, method="POST")

    assert held == [{"seen": 1}]
    assert "patch" not in store.calls
    assert await ada.look(look) == {**START, "seen": 1}


async def test_what_is_stored_while_a_cookie_is_brought_back_goes_along_with_a_new_token(
    browser: Browser, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.visit(put(**START))
    tab = browser.copy()
    touch = store.memory.touch

    async def touch_slowly(key: str, *, seen_at: float) -> Any:
        monkeypatch.undo()
        await tab.visit(put(kept=1), method="POST")
        return await touch(key, seen_at=seen_at)

    monkeypatch.setattr(store.memory, "touch", touch_slowly)

    await browser.visit(regenerate)

    assert await browser.look(look) == {**START, "kept": 1}


@pytest.mark.config
@pytest.mark.parametrize("move", [regenerate, put(name="bob")])
@pytest.mark.parametrize("touches", [True, False])
async def test_so_does_what_was_stored_before_a_request_saved_early(
    browser: Browser, move: Handler, *, touches: bool
) -> None:
    await browser.arrive(put(cart=1))
    tab = browser.copy()

    async def save_and_move(session: ServerSideSession) -> None:
        await tab.visit(put(kept=1), method="POST")
        if touches:
            session.modified = True
        else:
            session["own"] = 1
        await session.save()
        move(session)

    await browser.visit(save_and_move)

    seen = await browser.look(look)
    assert (seen["cart"], seen["kept"], seen.get("own")) == (1, 1, None if touches else 1)


async def test_a_late_change_that_takes_out_the_last_entry_leaves_no_empty_record(
    browser: Browser, store: CountingStore
) -> None:
    await browser.arrive(put(cart=1))
    late = browser.copy()
    await browser.arrive(regenerate)

    await late.visit(lambda session: session.pop("cart", None), method="POST")

    assert await store.records() == []
