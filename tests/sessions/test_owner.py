"""Who is signed in decides about the token: it changes when they do, and takes nothing along."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from quart import Quart

from quart_app.sessions import ServerSideSession
from quart_app.sessions.held.owner import SOMEBODY, owner_in, owner_named_by
from quart_app.settings import USUAL_OWNER_KEYS
from quart_app.testing import FakeClock
from tests.sessions.browser import (
    SIGN_OUTS,
    Browser,
    CountingStore,
    Handler,
    interface_of,
    look,
    permanently,
    put,
)

KEYS = USUAL_OWNER_KEYS


pytestmark = pytest.mark.config(SESSION_OWNER_KEY=KEYS)

ANY_SIGN_OUT: dict[str, Handler] = {
    **SIGN_OUTS,
    "empty": put(name=""),
    "del": lambda session: session.__delitem__("name"),
    "popitem": lambda session: [session.popitem() for _ in tuple(session)],
}
PROFILE = {"sub": "10769150350006150715113082367", "name": "Ada", "picture": "/1.png"}


@pytest.mark.parametrize(
    ("values", "owner"),
    [
        ({}, None),
        ({"lang": "fr"}, None),
        ({"name": "ada"}, "ada"),
        ({"username": "ada"}, "ada"),
        ({"user": "ada"}, "ada"),
        ({"user_id": 7}, "7"),
        ({"_user_id": "7", "name": "ada"}, "7"),
        ({"user_id": None, "name": "ada"}, "ada"),
        ({"name": None}, None),
        ({"name": ""}, None),
        ({"user_id": 0}, None),
        ({"user": {"id": 7, "name": "Ada"}}, "7"),
        ({"user": PROFILE}, PROFILE["sub"]),
        ({"user": {"email": "ada@example.org", "name": "Ada"}}, "ada@example.org"),
        ({"user": {"picture": "/1.png"}}, SOMEBODY),
        ({"user": ["ada"]}, SOMEBODY),
        ({"user_id": UUID(int=7)}, str(UUID(int=7))),
    ],
)
def test_the_first_filled_owner_key_says_who_it_is(values: dict[str, Any], owner: str) -> None:
    assert owner_in(values, owner_keys=KEYS) == owner


def test_a_very_long_name_is_kept_short_and_still_tells_apart() -> None:
    names = [owner_named_by("a" * length) for length in (200, 201, 202, 100_000)]

    assert names[0] == "a" * 200
    assert len(set(names)) == 4
    assert max(map(len, names)) <= 200


def test_a_name_may_be_any_text() -> None:
    assert owner_named_by("\ud800" * 300).startswith("sha256:")


@pytest.mark.parametrize("key", KEYS)
async def test_signing_in_changes_the_token_and_the_old_one_is_dead(
    browser: Browser, key: str
) -> None:
    await browser.visit(put(cart=["apple"]))
    before = browser.copy()

    await browser.visit(put(**{key: "ada"}))

    assert browser.token != before.token
    assert await browser.look(look) == {"cart": ["apple"], key: "ada"}
    assert await before.look(look) == {}


async def test_whoever_planted_a_token_does_not_get_the_sign_in(browser: Browser) -> None:
    attacker = browser
    await attacker.visit(put(lang="en"))
    victim = attacker.copy()

    await victim.visit(put(name="ada"))

    assert await attacker.look(look) == {}
    assert await victim.read("name") == "ada"


@pytest.mark.parametrize("sign_out", ANY_SIGN_OUT.values(), ids=ANY_SIGN_OUT)
async def test_signing_out_ends_the_session_in_the_store(
    browser: Browser, store: CountingStore, sign_out: Handler
) -> None:
    await browser.visit(put(name="ada", cart=["apple"]))
    stolen = browser.copy()

    await browser.visit(sign_out)

    assert await store.records() == []
    assert browser.token is None
    assert await stolen.look(look) == {}


async def test_signing_in_again_as_the_same_keeps_the_session(
    browser: Browser, store: CountingStore
) -> None:
    await browser.arrive(put(name="ada", cart=["apple"]))
    token = browser.token
    store.calls.clear()

    await browser.visit(put(name="ada"))

    assert browser.token == token
    assert store.writes == []


async def test_the_next_owner_in_the_same_browser_finds_nothing_of_the_last(
    browser: Browser,
) -> None:
    await browser.visit(put(name="ada", cart=["apple"], email="ada@example.org"))
    ada = browser.copy()

    await browser.visit(put(name="bob"))

    assert await browser.look(look) == {"name": "bob"}
    assert await ada.look(look) == {}


async def test_what_was_changed_deep_inside_while_signing_out_belongs_to_the_one_who_left(
    browser: Browser, store: CountingStore
) -> None:
    def buy_and_leave(session: ServerSideSession) -> None:
        session["cart"].append("pear")
        session["name"] = None

    await browser.visit(put(name="ada", cart=["apple"]))
    await browser.visit(buy_and_leave)

    assert await browser.look(look) == {}
    assert await store.records() == []


async def test_what_is_stored_again_after_the_sign_out_goes_on(browser: Browser) -> None:
    def keep_language(session: ServerSideSession) -> None:
        lang = session["lang"]
        session.clear()
        session["lang"] = lang

    await browser.visit(put(name="ada", lang="fr", cart=["apple"]))
    ada = browser.copy()
    await browser.visit(keep_language)

    assert await browser.look(look) == {"lang": "fr"}
    assert await ada.look(look) == {}


async def test_what_every_request_stores_about_the_owner_does_not_stay_after_them(
    browser: Browser,
) -> None:
    await browser.visit(put(name="ada", email="ada@example.org"))
    await browser.visit(put(email="ada@example.org", name=None))

    assert await browser.look(look) == {}


@pytest.mark.parametrize("first", ["flash", "sign out"])
async def test_a_word_at_the_sign_out_survives_it(browser: Browser, first: str) -> None:
    def sign_out(session: ServerSideSession) -> None:
        steps: list[Handler] = [put(_flashes=[("message", "bye")]), SIGN_OUTS["pop"]]
        for step in steps if first == "flash" else reversed(steps):
            step(session)

    await browser.visit(put(name="ada", cart=["apple"]))
    ada = browser.copy()
    await browser.visit(sign_out)

    assert browser.token not in (None, ada.token)
    assert await browser.look(look) == {"_flashes": [("message", "bye")]}
    assert await ada.look(look) == {}


async def test_switching_users_as_flask_login_does_keeps_what_it_stores(browser: Browser) -> None:
    of_this_browser = {"_fresh": True, "_id": "hash of this browser"}

    for user in ("1", "2"):
        await browser.visit(put(_user_id=user, **of_this_browser))

    assert await browser.look(look) == {"_user_id": "2", **of_this_browser}


async def test_remember_me_of_the_last_owner_is_not_that_of_the_next(
    browser: Browser, store: CountingStore
) -> None:
    await browser.visit(permanently(name="ada"))
    await browser.visit(put(name=None, _flashes=["bye"]))
    await browser.visit(put(name="bob"))

    assert [record.lifetime.permanent for record in await store.records()] == [False]
    assert await browser.look(lambda session: session.permanent) is False


async def test_a_profile_may_change_without_anybody_signing_in(browser: Browser) -> None:
    await browser.visit(put(user=PROFILE))
    token = browser.token

    await browser.visit(put(user={**PROFILE, "picture": "/2.png"}))

    assert browser.token == token
    assert await browser.read("user") == {**PROFILE, "picture": "/2.png"}


async def test_another_profile_is_another_owner(browser: Browser) -> None:
    await browser.visit(put(user=PROFILE, cart=["apple"]))

    await browser.visit(put(user={**PROFILE, "sub": "2"}))

    assert await browser.look(look) == {"user": {**PROFILE, "sub": "2"}}


@pytest.mark.config(SESSION_OWNER_KEY="customer")
async def test_the_names_of_owner_keys_can_be_chosen(
    browser: Browser, store: CountingStore
) -> None:
    await browser.visit(put(name="a nickname"))
    token = browser.token

    await browser.visit(put(name="another"))
    assert browser.token == token
    await browser.visit(put(customer=7))

    assert browser.token != token
    assert [record.owner for record in await store.records()] == ["7"]


async def test_sessions_can_be_listed_and_ended_by_owner(app: Quart, clock: FakeClock) -> None:
    phone, laptop, other = (Browser(app) for _ in range(3))
    for browser, user in ((phone, 7), (laptop, 7), (other, 8)):
        await browser.visit(put(user_id=user))
        clock.advance(seconds=1)
    here = await laptop.look(lambda session: session.sid)

    listed = await interface_of(app).owned_by(7)
    ended = await interface_of(app).delete_owned_by(7, except_key=here)

    assert [record.key for record in listed] == [ended[0].key, here]
    assert await phone.look(look) == {}
    assert await laptop.look(look) == {"user_id": 7}
    assert await other.look(look) == {"user_id": 8}


async def test_another_owner_put_deep_inside_is_another_owner_too(browser: Browser) -> None:
    await browser.visit(put(user={"id": 7}, cart=["apple"]))
    before = browser.copy()

    await browser.visit(lambda session: session["user"].update(id=8))

    assert await browser.look(look) == {"user": {"id": 8}}
    assert await before.look(look) == {}


async def test_what_the_last_owner_left_names_no_next_one(
    browser: Browser, store: CountingStore
) -> None:
    await browser.visit(put(user_id=7, name="Ada Lovelace"))

    await browser.visit(lambda session: session.pop("user_id"))

    assert await browser.look(look) == {}
    assert await store.records() == []


async def test_it_names_none_either_when_there_is_something_left_to_say(
    browser: Browser, store: CountingStore
) -> None:
    await browser.visit(put(user_id=7, name="Ada Lovelace"))

    await browser.visit(put(user_id=None, _flashes=["bye"]))

    assert [record.owner for record in await store.records()] == [None]
    assert await browser.look(look) == {"_flashes": ["bye"]}
