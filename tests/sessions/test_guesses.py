"""Where the application has not said who is signed in, a guess gives a new token and no more."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from quart_app.errors import NoCookiePossible
from quart_app.sessions import ServerSideSession
from quart_app.sessions.held.owner import looks_like_signing_in
from tests.sessions.browser import (
    SIGN_OUTS,
    Browser,
    CountingStore,
    Handler,
    clear,
    cookies_in,
    look,
    put,
    regenerate,
)

# What applications keep who is signed in under, where it is none of the usual owner entries.
LOOKS_LIKE_IT = [
    *("logged_in", "email", "_logged_in_user", "oidc_auth_token", "token", "uid", "account"),
    *("is_admin", "loggedin", "loggedIn", "userId", "user_info", "userinfo", "profile"),
    *("access_token", "id_token", "credentials", "google_id", "github_token", "member_id"),
    *("customer_id", "admin", "role", "identity", "current_user", "sub", "jwt", "_auth_user_id"),
    *("oauth_token", "permissions", "authenticated", "ADMIN", "user-id", "oidc_auth_profile"),
]
COMES_BEFORE = [
    *("csrf_token", "_csrf_token", "_xsrf", "oauth_state", "_state_google_abc", "oidc_nonce"),
    *("_flashes", "code_verifier", "google_oauth_state", "login_next", "login_attempts"),
]
IS_SOMETHING_ELSE = ["cart", "lang", "theme", "next", "subtotal", "nickname", "author_filter2"]


@pytest.mark.parametrize("name", LOOKS_LIKE_IT)
async def test_an_entry_that_looks_like_signing_in_gives_a_new_token(
    browser: Browser, name: str
) -> None:
    await browser.arrive(put(cart=["apple"]))
    planted = browser.copy()

    await browser.visit(put(**{name: "1"}))

    assert browser.token != planted.token
    assert await planted.look(look) == {}
    assert await browser.look(look) == {"cart": ["apple"], name: "1"}


@pytest.mark.parametrize("name", [*COMES_BEFORE, *IS_SOMETHING_ELSE[:-1]])
async def test_what_goes_before_a_sign_in_or_is_something_else_does_not(
    browser: Browser, name: str
) -> None:
    await browser.arrive(put(a=1))
    token = browser.token

    await browser.visit(put(**{name: "1"}))

    assert browser.token == token


def test_only_whole_words_count() -> None:
    assert looks_like_signing_in("user")
    assert not any(map(looks_like_signing_in, ("usermode2x", "subway", "rolex", "emails2go")))


@pytest.mark.parametrize("first", [False, None, "", 0, []])
async def test_it_is_the_appearance_that_counts(browser: Browser, first: Any) -> None:
    await browser.arrive(put(logged_in=first))
    token = browser.token
    await browser.visit(put(logged_in=True, google_profile="one"))
    signed_in = browser.token

    # Tokens are renewed by requests in the background.
    await browser.visit(put(google_profile="two"))
    await browser.visit(put(logged_in=True, google_profile="three"))

    assert signed_in != token
    assert browser.token == signed_in


async def test_what_was_recognised_is_said_once(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(2):
        await browser.visit(put(a=1))
        await browser.visit(put(logged_in=True))
        await browser.visit(clear)

    said = [text for text in caplog.messages if "looks like signing in" in text]
    assert len(said) == 1
    assert "'logged_in'" in said[0]
    assert "SESSION_OWNER_KEY" in said[0]


@pytest.mark.config(SESSION_OWNER_KEY="customer")
async def test_with_an_owner_entry_set_on_purpose_nothing_is_guessed(
    browser: Browser, store: CountingStore
) -> None:
    await browser.arrive(put(a=1))
    token = browser.token

    await browser.visit(put(logged_in=True, email="ada@example.org", name="Ada", user_id=7))

    assert browser.token == token
    assert [record.owner for record in await store.records()] == [None]


def saving(change: Handler) -> Handler:
    """A handler that does this and saves it."""

    async def change_and_save(session: ServerSideSession) -> None:
        change(session)
        await session.save()

    return change_and_save


CHECKOUT = {"logged_in": True, "email": "ada@example.org", "name": "Ada", "cart": ["apple"]}


@pytest.mark.parametrize(
    ("change", "after", "owner"),
    [
        (put(name="Ada L."), {**CHECKOUT, "name": "Ada L."}, "Ada L."),
        (put(name=None), {**CHECKOUT, "name": None}, None),
        (lambda s: s.pop("name"), {k: v for k, v in CHECKOUT.items() if k != "name"}, None),
    ],
)
async def test_a_corrected_name_costs_a_new_token_and_nothing_else(
    browser: Browser,
    store: CountingStore,
    change: Handler,
    after: dict[str, Any],
    owner: str | None,
) -> None:
    await browser.arrive(put(**CHECKOUT))
    before = browser.copy()

    await browser.visit(change)

    assert browser.token != before.token
    assert await before.look(look) == {}
    assert await browser.look(look) == after
    assert [record.owner for record in await store.records()] == [owner]


@pytest.mark.parametrize("sign_out", SIGN_OUTS.values(), ids=SIGN_OUTS)
async def test_the_sign_out_of_the_tutorials_is_final(
    browser: Browser, store: CountingStore, sign_out: Handler
) -> None:
    await browser.arrive(put(name="ada"))

    await browser.visit(sign_out)

    assert browser.token is None
    assert await store.records() == []


async def test_what_others_changed_meanwhile_goes_along(browser: Browser) -> None:
    await browser.arrive(put(**CHECKOUT))
    tab = browser.copy()

    async def correct(session: ServerSideSession) -> None:
        session["name"] = "Ada L."
        await tab.visit(put(cart=["apple", "pear"]))

    await browser.visit(correct)

    assert await browser.read("cart") == ["apple", "pear"]


@pytest.mark.parametrize("sign_out", [put(name=None), lambda s: s.pop("name")])
async def test_a_sign_out_that_fails_counts_all_the_same_and_takes_nothing_else(
    browser: Browser, sign_out: Handler
) -> None:
    def sign_out_and_more(session: ServerSideSession) -> None:
        sign_out(session)
        session["cart"] = []

    await browser.arrive(put(**CHECKOUT))
    before = browser.token

    await browser.visit(sign_out_and_more, answer=("sorry", 500))

    assert browser.token == before
    seen = await browser.look(look)
    assert (seen.get("name"), seen["cart"], seen["email"]) == (None, ["apple"], CHECKOUT["email"])
    assert browser.token != before


async def test_a_failed_request_signs_nobody_else_in(browser: Browser) -> None:
    await browser.arrive(put(**CHECKOUT))

    await browser.visit(put(name="Bob"), answer=("sorry", 500))

    assert await browser.look(look) == CHECKOUT


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (put(logged_in=True), {"cart": 1, "logged_in": True}),
        (put(logged_in=True, lang="fr"), {"cart": 1, "logged_in": True, "lang": "fr"}),
    ],
)
async def test_where_no_cookie_can_be_set_it_is_stored_and_the_next_answer_gives_a_new_token(
    browser: Browser, change: Handler, after: dict[str, Any]
) -> None:
    await browser.arrive(put(cart=1))
    planted = browser.copy()
    await browser.in_a_websocket(saving(change))
    token_then = browser.token

    seen = await browser.look(look)

    assert token_then == planted.token
    assert seen == after
    assert browser.token != planted.token
    assert await planted.look(look) == {}
    assert await browser.look(look) == after


async def test_signing_out_in_a_websocket_takes_nothing_else_either(
    browser: Browser, store: CountingStore
) -> None:
    await browser.arrive(put(**CHECKOUT))
    before = browser.copy()

    await browser.in_a_websocket(saving(SIGN_OUTS["pop"]))

    seen = await browser.look(look)
    assert "name" not in seen
    assert seen["cart"] == ["apple"]
    assert await before.look(look) == {}
    assert [record.owner for record in await store.records()] == [None]


async def test_signing_in_by_name_in_a_websocket_is_refused_as_ever(browser: Browser) -> None:
    await browser.arrive(put(cart=1))

    async def sign_in(session: ServerSideSession) -> None:
        session["name"] = "ada"
        with pytest.raises(NoCookiePossible):
            await session.save()
        session.journal.forgotten()

    await browser.in_a_websocket(sign_in)

    assert await browser.look(look) == {"cart": 1}


async def test_a_sign_out_that_follows_takes_nothing_else(browser: Browser) -> None:
    await browser.arrive(put(**CHECKOUT))
    under_way, late = browser.copy(), browser.copy()

    async def correct(session: ServerSideSession) -> None:
        session.pop("name")
        await browser.arrive(regenerate)

    await under_way.visit(correct, method="POST")
    after_one = await browser.look(look)
    await browser.visit(put(name="Ada"))
    again = browser.copy()
    await browser.arrive(regenerate)
    await again.visit(lambda session: session.pop("name", None), method="POST")

    assert "name" not in after_one
    assert after_one["cart"] == ["apple"]
    seen = await browser.look(look)
    assert "name" not in seen
    assert seen["cart"] == ["apple"]
    assert await late.look(look) == {}


async def test_a_script_that_renews_a_token_late_signs_nobody_in(browser: Browser) -> None:
    await browser.arrive(put(logged_in=True, google_token="one"))  # noqa: S106 - it is none
    late = browser.copy()
    await browser.arrive(regenerate)

    renew = put(google_token="two")  # noqa: S106
    response = await late.visit(renew, method="POST", headers={"Sec-Fetch-Mode": "cors"})

    assert cookies_in(response) == []
    assert await browser.look(look) == {"logged_in": True, "google_token": "two"}


async def test_of_a_double_click_on_a_login_that_is_guessed_both_answers_sign_in(
    browser: Browser,
) -> None:
    await browser.arrive(put(cart=["apple"]))
    tab = browser.copy()
    await tab.arrive(put(logged_in=True))

    [cookie] = cookies_in(await browser.visit(put(logged_in=True), method="POST"))

    assert cookie.value == browser.token != tab.token
    assert await browser.look(look) == {"logged_in": True}
