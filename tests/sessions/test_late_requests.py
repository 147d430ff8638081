"""What comes under a token that moved or ended a moment ago is neither signed in nor a stranger."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Response

from quart_app.sessions import ServerSideSession
from quart_app.testing import FakeClock
from tests.sessions.browser import (
    SIGN_OUTS,
    Browser,
    CountingStore,
    Handler,
    cookies_in,
    ignore,
    look,
    permanently,
    put,
    regenerate,
)

# What browsers say of a request, and what is left to say over plain http.
NAVIGATIONS = {
    "navigation": {"Sec-Fetch-Mode": "navigate"},
    "navigation over http": {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
}
SCRIPTS = {
    "script": {"Sec-Fetch-Mode": "cors", "Accept": "text/html"},
    "script over http": {"Accept": "*/*"},
}
ANY = {**NAVIGATIONS, **SCRIPTS}

pytestmark = pytest.mark.config(SESSION_OWNER_KEY="name")


async def moved(browser: Browser, *, came_back: bool = True) -> Browser:
    """Ada, who has a new token; another tab, which has the old one."""
    await browser.arrive(put(name="ada", cart=["apple"]))
    late = browser.copy()
    await browser.visit(regenerate)
    if came_back:
        await browser.visit(ignore)
    return late


def sets_nothing(response: Response) -> bool:
    return response.status_code == 200 and cookies_in(response) == []


@pytest.mark.parametrize("headers", ANY.values(), ids=ANY)
@pytest.mark.parametrize("handler", [ignore, look, put(seen=1), regenerate], ids=lambda h: "")
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_under_a_moved_token_neither_sets_nor_clears_the_cookie(
    browser: Browser, headers: dict[str, str], handler: Handler, method: str
) -> None:
    late = await moved(browser)

    response = await late.visit(handler, headers=headers, method=method)

    assert sets_nothing(response)


@pytest.mark.parametrize(("came_back", "seconds"), [(True, 60), (False, 5)])
async def test_it_is_unknown_after_a_while(
    browser: Browser, clock: FakeClock, came_back: bool, seconds: float
) -> None:
    late = await moved(browser, came_back=came_back)
    clock.advance(seconds=seconds - 0.1)
    early = await late.visit(put(seen=1))
    clock.advance(seconds=0.1)

    writing = await late.copy().visit(put(seen=1), headers=SCRIPTS["script"])
    reading = await late.copy().visit(look, headers=NAVIGATIONS["navigation"])

    assert sets_nothing(early)
    assert [bool(cookie.value) for cookie in cookies_in(writing)] == [True]
    assert [cookie.clears for cookie in cookies_in(reading)] == [True]
    if came_back:
        assert await browser.read("name") == "ada"


async def test_a_minute_is_given_too_when_the_session_has_moved_on_or_ended_since(
    browser: Browser, clock: FakeClock
) -> None:
    late = await moved(browser)
    await browser.visit(SIGN_OUTS["clear"])

    clock.advance(seconds=59)

    assert sets_nothing(await late.visit(put(seen=1)))


@pytest.mark.parametrize("headers", NAVIGATIONS.values(), ids=NAVIGATIONS)
async def test_under_an_ended_token_a_navigation_is_a_new_visitors(
    browser: Browser, headers: dict[str, str]
) -> None:
    await browser.arrive(put(name="ada"))
    late, later = browser.copy(), browser.copy()
    await browser.visit(SIGN_OUTS["pop"])

    reading = await late.visit(look, headers=headers)
    writing = await later.visit(put(lang="fr"), headers=headers)

    assert [cookie.clears for cookie in cookies_in(reading)] == [True]
    assert [bool(cookie.value) for cookie in cookies_in(writing)] == [True]
    assert await later.look(look) == {"lang": "fr"}


@pytest.mark.parametrize("headers", SCRIPTS.values(), ids=SCRIPTS)
async def test_a_script_under_an_ended_token_leaves_the_cookie_alone_for_ten_seconds(
    browser: Browser, store: CountingStore, clock: FakeClock, headers: dict[str, str]
) -> None:
    await browser.arrive(put(name="ada"))
    late = browser.copy()
    await browser.visit(SIGN_OUTS["pop"])

    clock.advance(seconds=9.9)
    response = await late.visit(put(seen=1), headers=headers)
    kept = await store.records()
    clock.advance(seconds=0.1)
    later = await late.visit(put(seen=1), headers=headers)

    assert sets_nothing(response)
    assert kept == []
    assert [bool(cookie.value) for cookie in cookies_in(later)] == [True]


@pytest.mark.parametrize("ends_by", [regenerate, *SIGN_OUTS.values(), put(name="bob")])
@pytest.mark.parametrize("headers", ANY.values(), ids=ANY)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_that_signs_in_sets_its_cookie_and_inherits_nothing(
    browser: Browser, ends_by: Handler, headers: dict[str, str], method: str
) -> None:
    await browser.arrive(put(name="ada", cart=["apple"]))
    late = browser.copy()
    await browser.arrive(ends_by)

    # As the tutorials do it, and as those do that sign in through another site.
    answer = await late.visit(permanently(name="ada"), headers=headers, method=method)

    [cookie] = cookies_in(answer)

    assert cookie.value == late.token
    assert await late.look(look) == {"name": "ada"}


def sign_in_again(session: ServerSideSession) -> None:
    session.regenerate()
    session["name"] = "ada"


@pytest.mark.parametrize(
    ("before", "sign_in", "after"),
    [
        ({}, put(name="ada"), {"name": "ada"}),
        ({}, put(name="bob"), {"name": "bob"}),
        ({"name": "ada"}, sign_in_again, {"name": "ada"}),
    ],
    ids=["the first", "another", "the same again"],
)
async def test_of_a_double_click_on_the_login_button_both_answers_sign_in(
    browser: Browser, before: dict[str, str], sign_in: Handler, after: dict[str, str]
) -> None:
    await browser.arrive(put(cart=["apple"], **before))
    tab = browser.copy()

    async def second_click(session: ServerSideSession) -> None:
        sign_in(session)
        await tab.visit(sign_in, method="POST")

    [cookie] = cookies_in(await browser.visit(second_click, method="POST"))

    assert cookie.value == browser.token != tab.token
    assert await browser.look(look) == after
    assert await tab.read("cart") == ["apple"]


async def test_the_old_token_reads_nothing_ever(browser: Browser, clock: FakeClock) -> None:
    late = await moved(browser)

    for _ in range(4):
        assert await late.look(look) == {}
        clock.advance(seconds=20)


async def test_a_sign_in_that_comes_late_leaves_no_session_of_the_one_before(
    browser: Browser, store: CountingStore
) -> None:
    await browser.arrive(put(name="ada", cart=["apple"]))
    tab = browser.copy()

    async def sign_in_late(session: ServerSideSession) -> None:
        session["name"] = "bob"
        await tab.arrive(regenerate)

    await browser.visit(sign_in_late)

    assert await tab.look(look) == {}
    assert [record.owner for record in await store.records()] == ["bob"]


@pytest.mark.parametrize("first", [ignore, put(name="ada")])
async def test_a_permanent_cookie_is_told_again_after_a_tenth_of_its_time_and_not_before(
    browser: Browser, clock: FakeClock, first: Handler
) -> None:
    def remember(session: ServerSideSession) -> None:
        first(session)
        session["x"] = 1
        session.permanent = True

    told: list[Any] = [cookies_in(await browser.arrive(remember))]
    for count, days in enumerate((1, 1, 1, 1, 1)):
        clock.advance(days=days)
        told.append(cookies_in(await browser.visit(put(x=count + 2))))

    # A tenth of 31 days has passed with the fourth day.
    assert [len(cookies) for cookies in told] == [1, 0, 0, 0, 1, 0]
    assert await browser.read("x") == 6
