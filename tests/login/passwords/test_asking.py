"""A password that somebody has: who is let in, who is not, and what that costs."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from quart import Quart

from quart_app import Account, Login, current_account, login_required, sign_in_refused
from quart_app.accounts import Administration
from quart_app.errors import AccountsUnavailable, ConfigurationError
from quart_app.login import Refusal
from quart_app.sessions import session
from quart_app.testing import BrokenStore, FakeClock
from tests.accounts.databases import statements
from tests.login import conftest
from tests.login.passwords.members import OTHER, RIGHT, WRONG, accounts_of
from tests.web.asking import browser, cookie_set_by
from tests.web.configured import configured


@pytest.fixture
def app(app: Quart) -> Quart:
    """With something grave, and with what the session says."""

    @app.get("/grave")
    @login_required(within=timedelta(minutes=10))
    async def grave() -> str:
        return "done"

    @app.get("/who")
    async def who() -> dict[str, Any]:
        return {"id": current_account.id, "name": current_account.name, **session}

    return app


async def sign_in(
    browser: httpx.AsyncClient, name: str = "ada", password: str = RIGHT, **more: str
) -> httpx.Response:
    """Sends the form."""
    return await conftest.sign_in(browser, name, password, **more)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """While another program writes to the accounts, and does not end."""
    other = sqlite3.connect(folder / "accounts.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.close()


async def test_the_password_of_an_account_signs_in_to_it(
    visitor: httpx.AsyncClient, office: Administration, clock: FakeClock
) -> None:
    ada = await office.find("ada")

    answer = await sign_in(visitor, " ADA ")

    who = (await visitor.get("/who")).json()
    assert answer.status_code == 303
    assert (who["id"], who["name"]) == (ada.id, "Ada")
    assert who["_account"] == ada.id
    steps = json.loads(who["_login_steps"].removeprefix(f"{ada.id}\0"))
    assert steps == [{"method": "password", "at": clock()}]


async def test_unknown_wrong_and_disabled_look_alike(app: Quart, office: Administration) -> None:
    await office.disable("bob")
    hashing = accounts_of(app).parts.hashing
    answers, pages, hashed = [], set(), []

    for name, password in (("nobody", RIGHT), ("ada", WRONG), ("bob", RIGHT)):
        before = hashing.hashed
        async with browser(app) as visitor:
            answers.append(await sign_in(visitor, name, password))
        pages.add(answers[-1].text.replace(name, "NAME"))
        hashed.append(hashing.hashed - before)

    [page] = pages
    assert page.count("The name or the password is wrong.") == 1
    assert [answer.status_code for answer in answers] == [401] * 3
    assert hashed == [1] * 3
    assert all("set-cookie" not in answer.headers for answer in answers)


@pytest.mark.parametrize("name", ["ada", "nobody"])
async def test_who_guesses_too_often_is_told_when_whether_the_account_exists_or_not(
    visitor: httpx.AsyncClient, office: Administration, app: Quart, clock: FakeClock, name: str
) -> None:
    for _ in range(5):
        await sign_in(visitor, name, WRONG)
    before = accounts_of(app).parts.hashing.hashed

    slowed = await sign_in(visitor, name)

    assert slowed.status_code == 429
    assert slowed.headers["retry-after"] == "1"
    assert "Try again in 1 second." in slowed.text
    assert accounts_of(app).parts.hashing.hashed == before
    clock.advance(seconds=1)
    assert (await sign_in(visitor, name)).status_code == (303 if name == "ada" else 401)


@configured(HASHING_THREADS=1)
async def test_a_full_queue_for_hashes_is_503_with_times_to_come_back_that_differ(
    app: Quart, office: Administration
) -> None:
    async with browser(app) as strangers:
        answers = await asyncio.gather(
            *(sign_in(strangers, f"nobody {number}", WRONG) for number in range(45))
        )

    turned_away = [answer for answer in answers if answer.status_code == 503]
    assert {answer.status_code for answer in answers} == {401, 503}
    assert len(turned_away) >= 15
    assert "Too many people are logging in right now." in turned_away[0].text
    assert len({answer.headers["retry-after"] for answer in turned_away}) > 1


@configured(DATABASE_TIMEOUT=2)
async def test_a_database_that_does_not_answer_is_503_and_who_is_signed_in_goes_on(
    app: Quart, office: Administration, tmp_path: Path, visitor: httpx.AsyncClient
) -> None:
    refusals = []
    with sign_in_refused.connected_to(lambda _, **told: refusals.append(told["reason"]), app):
        await sign_in(visitor)
        async with browser(app) as other:
            with locked(tmp_path):
                refused = await sign_in(other)
                page = await visitor.get("/notes")
            after = await sign_in(other)

    assert refused.status_code == 503
    assert "Logging in does not work right now." in refused.text
    assert refused.headers["retry-after"] == "5"
    assert refusals == [Refusal.TROUBLE]
    assert page.text == "Notes of Ada"
    assert after.status_code == 303


async def test_while_sessions_that_are_to_end_cannot_a_sign_in_is_refused_and_told_so(
    app: Quart, office: Administration, store: BrokenStore, visitor: httpx.AsyncClient
) -> None:
    await office.end_everything_of("ada")  # and nobody has ended its sessions yet
    refusals = []

    with sign_in_refused.connected_to(lambda _, **told: refusals.append(told["reason"]), app):
        store.broken = True
        refused = await sign_in(visitor)
        store.broken = False
        after = await sign_in(visitor)

    assert (refused.status_code, after.status_code) == (503, 303)
    assert "Logging in does not work right now." in refused.text
    assert refusals == [Refusal.TROUBLE]


async def test_a_signed_in_page_asks_the_accounts_nothing(
    app: Quart, office: Administration, visitor: httpx.AsyncClient
) -> None:
    await sign_in(visitor)

    with statements(accounts_of(app).parts.database) as told:
        page = await visitor.get("/notes")
        form = await visitor.get("/logout", headers={"Sec-Fetch-Site": "none"})
        before = list(told)
        await sign_in(visitor)

    assert (page.text, form.status_code) == ("Notes of Ada", 200)
    assert before == []
    assert len(told) > 0


async def test_a_browser_that_has_signed_in_keeps_its_way_in_though_others_guess(
    app: Quart, office: Administration, visitor: httpx.AsyncClient
) -> None:
    signed_in = await sign_in(visitor)
    await visitor.post("/logout")
    async with browser(app) as stranger:
        guesses = [await sign_in(stranger, "ada", WRONG) for _ in range(6)]
        kept_out = await sign_in(stranger)

    line = cookie_set_by(signed_in, "known_device")
    assert line.endswith("; HttpOnly; Path=/; SameSite=Strict")
    assert "Max-Age=31536000" in line
    assert (guesses[-1].status_code, kept_out.status_code) == (429, 429)
    assert (await sign_in(visitor)).status_code == 303


async def test_what_a_browser_keeps_lets_nobody_in(
    app: Quart, office: Administration, visitor: httpx.AsyncClient
) -> None:
    await sign_in(visitor)
    async with browser(app) as thief:
        thief.cookies.set("known_device", visitor.cookies["known_device"])

        assert (await sign_in(thief, "ada", WRONG)).status_code == 401
        assert (await thief.get("/notes")).status_code == 302


async def test_before_something_grave_the_password_is_asked_again(
    app: Quart, office: Administration, visitor: httpx.AsyncClient, clock: FakeClock
) -> None:
    await sign_in(visitor)
    clock.advance(minutes=11)
    asked = await visitor.get("/grave")
    form = await visitor.get(asked.headers["location"])
    of_another = await visitor.post("/confirm", data={"name": "bob", "password": WRONG})
    again = await visitor.post("/confirm", data={"password": RIGHT, "next": "/grave"})

    assert asked.headers["location"] == "/confirm?next=/grave"
    assert 'autocomplete="current-password"' in form.text
    assert of_another.status_code == 401
    assert again.headers["location"] == "/grave"
    assert (await visitor.get("/grave")).text == "done"
    audit = [event.kind async for _, event in office.events()]
    assert audit[-2:] == ["current password", "current password"]


async def test_a_sign_in_of_which_everything_was_ended_meanwhile_takes_itself_back(
    app: Quart, login: Login, office: Administration, visitor: httpx.AsyncClient
) -> None:
    sign_in_with = accounts_of(app).sign_in

    async def overtaken(name: str, **told: Any) -> Any:
        proved = await sign_in_with(name, **told)
        await office.set_password("ada", OTHER)
        return proved

    accounts_of(app).sign_in = overtaken  # type: ignore[method-assign]
    answer = await sign_in(visitor)
    ada = await office.find("ada")

    assert answer.status_code == 401
    assert await app.session_interface.owned_by(ada.id) == []  # type: ignore[attr-defined]
    assert (await visitor.get("/notes")).status_code == 302


async def test_an_application_may_still_say_itself_who_somebody_is(
    app: Quart, login: Login, office: Administration, visitor: httpx.AsyncClient
) -> None:
    @app.post("/by-link")
    async def by_link() -> str:
        login.sign_in(Account(id="of another kind", name="Grace"))
        return "in"

    await visitor.post("/by-link")

    assert (await visitor.get("/notes")).text == "Notes of Grace"


async def test_a_sign_in_that_cannot_be_looked_at_once_more_is_taken_back_with_503(
    app: Quart, office: Administration, visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(account_id: str) -> int | None:
        raise AccountsUnavailable("the test has taken it away")

    monkeypatch.setattr(accounts_of(app), "epoch_of", gone)
    answer = await sign_in(visitor)
    ada = await office.find("ada")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert await app.session_interface.owned_by(ada.id) == []  # type: ignore[attr-defined]


def test_a_check_beside_passwords_is_refused_in_one_line(bare: Quart) -> None:
    bare.config["LOGIN_MODE"] = "password"

    with pytest.raises(ConfigurationError, match="take one away"):
        Login(bare, check=conftest.check)


def test_signed_cookies_are_refused_since_they_do_not_end(tmp_path: Path) -> None:
    app = Quart(__name__)
    app.config.update(
        DATA_DIR=tmp_path, SESSION_TYPE="cookie", SECRET_KEY="x" * 32, LOGIN_MODE="password"
    )

    with pytest.raises(ConfigurationError, match="SESSION_TYPE is cookie"):
        Login(app).complete()
