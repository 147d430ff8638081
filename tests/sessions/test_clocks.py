"""Two clocks end a session: one that every visit winds up, and one that nothing does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from quart_app.sessions.saving.plan import TOUCHES_PER_IDLE_LIFETIME
from quart_app.testing import FakeClock
from tests.sessions.browser import (
    Browser,
    CountingStore,
    Handler,
    cookies_in,
    ignore,
    lasting,
    lifetimes,
    look,
    permanently,
    put,
    refused,
    regenerate,
)

IDLE, ABSOLUTE = timedelta(hours=8), timedelta(days=7)
MONTH, HALF_A_YEAR = timedelta(days=31), timedelta(days=180)


async def is_alive(browser: Browser) -> bool:
    return bool(await browser.look(look))


async def test_a_session_that_rests_too_long_is_over(browser: Browser, clock: FakeClock) -> None:
    await browser.arrive(put(x=1))
    thief = browser.copy()

    clock.advance(hours=7, minutes=59)
    assert await is_alive(browser)
    clock.advance(hours=8)

    assert not await is_alive(browser)
    assert not await is_alive(thief)


async def test_every_visit_winds_up_the_idle_clock(browser: Browser, clock: FakeClock) -> None:
    await browser.arrive(put(x=1))

    for _ in range(20):
        clock.advance(hours=7)
        assert await is_alive(browser)


async def test_nothing_winds_up_the_absolute_clock(browser: Browser, clock: FakeClock) -> None:
    await browser.arrive(put(x=1))

    for count in range(27):
        clock.advance(hours=6)
        await browser.visit(put(x=count))
    assert await is_alive(browser)
    clock.advance(hours=6)

    assert not await is_alive(browser)


async def test_a_new_token_starts_the_absolute_clock_anew_and_keeps_its_length(
    browser: Browser, clock: FakeClock
) -> None:
    await browser.arrive(lasting(absolute=timedelta(hours=10)))
    clock.advance(hours=6)
    await browser.arrive(regenerate)
    clock.advance(hours=6)
    assert await is_alive(browser)
    clock.advance(hours=5)

    assert not await is_alive(browser)


async def test_a_session_whose_cookie_never_comes_back_is_gone_after_an_hour(
    browser: Browser, store: CountingStore, clock: FakeClock
) -> None:
    await browser.visit(put(name="ada"))
    clock.advance(minutes=59)
    assert await is_alive(browser.copy())
    await browser.visit(regenerate)

    clock.advance(hours=1)

    assert not await is_alive(browser)
    assert await store.records() == []


async def test_signing_in_starts_both_clocks_anew(browser: Browser, clock: FakeClock) -> None:
    await browser.arrive(put(x=1))
    for _ in range(27):
        clock.advance(hours=6)
        await browser.visit(look)

    await browser.arrive(put(name="ada"))

    clock.advance(hours=7)
    assert await browser.look(look) == {"x": 1, "name": "ada"}


async def test_a_visit_is_written_down_at_most_once_in_a_tenth_of_the_idle_time(
    browser: Browser, store: CountingStore, clock: FakeClock
) -> None:
    await browser.arrive(put(x=1))
    store.calls.clear()
    visits = 16 * 60

    for _ in range(visits):
        clock.advance(minutes=1)
        await browser.visit(look)

    assert set(store.writes) == {"touch"}
    assert store.counted["touch"] == 2 * TOUCHES_PER_IDLE_LIFETIME
    assert store.counted["find"] == visits


async def test_a_change_counts_as_a_visit(
    browser: Browser, store: CountingStore, clock: FakeClock
) -> None:
    await browser.arrive(put(x=1))
    clock.advance(hours=7)
    await browser.visit(put(x=2))
    store.calls.clear()

    clock.advance(minutes=47)
    await browser.visit(look)

    assert store.writes == []


async def test_a_page_that_has_no_use_for_the_session_keeps_it_alive_all_the_same(
    browser: Browser, clock: FakeClock
) -> None:
    await browser.arrive(put(x=1))
    for _ in range(3):
        clock.advance(hours=7)
        await browser.visit(ignore)

    assert await is_alive(browser)


async def test_a_browser_length_session_has_no_max_age(browser: Browser, clock: FakeClock) -> None:
    [cookie] = cookies_in(await browser.arrive(put(x=1)))
    clock.advance(hours=7)
    touched = await browser.visit(look)

    assert cookie.max_age is None
    assert cookie.attributes == {"HttpOnly", "Path=/", "SameSite=Lax"}
    assert cookies_in(touched) == []


async def test_a_permanent_session_tells_the_browser_how_long(
    browser: Browser, clock: FakeClock
) -> None:
    [first] = cookies_in(await browser.arrive(permanently(x=1)))
    clock.advance(days=3)
    early = await browser.visit(look)
    clock.advance(days=1)
    [later] = cookies_in(await browser.visit(look))

    assert first.max_age == MONTH.total_seconds()
    assert cookies_in(early) == []
    assert later.max_age == MONTH.total_seconds()


async def test_the_last_cookie_ends_when_the_session_does(
    browser: Browser, clock: FakeClock
) -> None:
    await browser.arrive(permanently(x=1))
    for _ in range(17):
        clock.advance(days=10)
        response = await browser.visit(look)

    [cookie] = cookies_in(response)

    assert cookie.max_age == timedelta(days=10).total_seconds()
    clock.advance(days=10)
    assert not await is_alive(browser)


async def test_a_session_that_is_no_longer_permanent_ends_with_the_window(
    browser: Browser, store: CountingStore
) -> None:
    await browser.arrive(permanently(x=1))

    [cookie] = cookies_in(await browser.visit(lambda session: setattr(session, "permanent", False)))

    assert cookie.max_age is None
    assert cookie.value == browser.token
    assert [record.lifetime.idle for record in await store.records()] == [IDLE]


@pytest.mark.config(SESSION_REFRESH_EACH_REQUEST=False)
@pytest.mark.parametrize(
    ("begin", "first", "then"),
    [
        (put(x=1), timedelta(hours=5), timedelta(hours=4)),
        (permanently(x=1), timedelta(days=20), timedelta(days=12)),
    ],
    ids=["browser length", "permanent"],
)
async def test_reading_keeps_a_session_alive_only_if_so_set(
    browser: Browser, clock: FakeClock, begin: Handler, first: timedelta, then: timedelta
) -> None:
    await browser.arrive(begin)

    clock.advance(seconds=first.total_seconds())
    response = await browser.visit(look)
    clock.advance(seconds=then.total_seconds())

    assert cookies_in(response) == []
    assert not await is_alive(browser)


@pytest.mark.config(SESSION_REFRESH_EACH_REQUEST=False)
async def test_changing_keeps_it_alive_all_the_same(browser: Browser, clock: FakeClock) -> None:
    await browser.arrive(permanently(x=1))

    for count in range(3):
        clock.advance(days=20)
        await browser.visit(put(x=count))

    assert await is_alive(browser)


@pytest.mark.parametrize("handler", [look, put(y=2)])
async def test_a_lifetime_set_for_one_session_holds_in_the_next_requests(
    browser: Browser, clock: FakeClock, handler: Any
) -> None:
    await browser.arrive(lasting(idle=timedelta(minutes=5), absolute=timedelta(minutes=30)))
    for _ in range(7):
        clock.advance(minutes=4)
        await browser.visit(handler)

    assert await browser.look(lifetimes) == (timedelta(minutes=5), timedelta(minutes=30))
    clock.advance(minutes=2)
    assert not await is_alive(browser)


async def test_a_lifetime_can_be_changed_later(browser: Browser, clock: FakeClock) -> None:
    await browser.arrive(put(x=1))
    await browser.visit(lasting(idle=timedelta(minutes=5)))

    clock.advance(minutes=6)

    assert not await is_alive(browser)


@pytest.mark.parametrize("what", ["idle_lifetime", "absolute_lifetime"])
@pytest.mark.parametrize("value", [timedelta(), timedelta(seconds=-1)])
async def test_a_lifetime_is_positive(browser: Browser, what: str, value: timedelta) -> None:
    said = await browser.look(refused(lambda s: setattr(s, what, value), ValueError))

    assert "positive" in said
    assert repr(value) in said


async def test_the_lifetimes_can_be_asked_for(browser: Browser) -> None:
    assert await browser.look(lifetimes) == (IDLE, ABSOLUTE)
    await browser.arrive(permanently(x=1))
    assert await browser.look(lifetimes) == (MONTH, HALF_A_YEAR)


@pytest.mark.parametrize("minutes", [-5, 5])
async def test_five_minutes_forth_or_back_do_nothing(
    browser: Browser, clock: FakeClock, minutes: float
) -> None:
    await browser.arrive(put(name="ada"))

    clock.advance(minutes=minutes)
    await browser.arrive(put(x=1))
    clock.advance(minutes=-minutes)

    assert await browser.look(look) == {"name": "ada", "x": 1}
    clock.advance(hours=7, minutes=59)
    assert await is_alive(browser)


async def test_a_clock_that_went_years_ahead_and_back_revives_nobody(
    browser: Browser, clock: FakeClock
) -> None:
    await browser.arrive(put(name="ada"))

    clock.advance(days=3650)
    assert not await is_alive(browser.copy())
    clock.advance(days=-3650)

    assert not await is_alive(browser)


async def test_a_session_from_years_ahead_is_not_believed(
    browser: Browser, clock: FakeClock
) -> None:
    await browser.arrive(put(name="ada"))

    clock.advance(days=-3650)

    assert not await is_alive(browser)
