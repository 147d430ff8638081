"""Signals tell once what the store has; hooks may take a sign-in back; stages come one by one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from quart import Quart, session

from quart_app import (
    Account,
    Login,
    TakenBack,
    current_account,
    session_ended,
    sign_in_refused,
    signed_in,
    signed_out,
)
from quart_app.login import Refusal, Refused, Sent
from quart_app.testing import BrokenStore, FakeClock
from tests.login.conftest import ACCOUNTS, PASSWORD, check, sign_in
from tests.web.asking import browser
from tests.web.configured import configured

Told = list[tuple[str, dict[str, Any]]]
SIGNALS = (signed_in, signed_out, sign_in_refused, session_ended)


@pytest.fixture
def told(bare: Quart) -> Iterator[Told]:
    """What signals have told of this application."""
    told: Told = []
    with ExitStack() as stack:
        for signal in SIGNALS:

            def note(sender: Quart, name: str = signal.name, **said: Any) -> None:
                told.append((name, said))

            stack.enter_context(signal.connected_to(note, sender=bare))
        yield told


async def keys(store: BrokenStore, owner: str = "7") -> list[str]:
    return [record.key for record in await store.owned_by(owner)]


async def test_signing_in_and_out_is_told_once_each(
    visitor: httpx.AsyncClient, store: BrokenStore, told: Told
) -> None:
    ada = ACCOUNTS["ada"]

    await sign_in(visitor)
    [key] = await keys(store)
    after_sign_in = list(told)
    await visitor.get("/notes")
    await visitor.post("/logout")
    await visitor.post("/logout")

    assert after_sign_in == [("signed_in", {"account": ada, "method": "check", "key": key})]
    assert told[1:] == [
        ("session_ended", {"key": key, "owner": "7", "reason": "signed out"}),
        ("signed_out", {"account": ada, "key": key}),
    ]


async def test_a_refused_sign_in_tells_why_and_not_for_whom(
    visitor: httpx.AsyncClient, told: Told
) -> None:
    await sign_in(visitor, "ada", "wrong")
    await sign_in(visitor, "", "wrong")
    await visitor.post(
        "/login",
        data={"name": "ada", "password": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert told == [
        ("sign_in_refused", {"method": "check", "reason": reason})
        for reason in ("wrong", "unusable", "cross-site")
    ]


async def test_what_the_store_does_not_take_is_not_told(
    visitor: httpx.AsyncClient, store: BrokenStore, told: Told
) -> None:
    await visitor.get("/login")
    store.broken = True

    answer = await sign_in(visitor)

    assert answer.status_code == 503
    assert told == []


async def test_sessions_that_end_otherwise_say_why(
    app: Quart, ada: httpx.AsyncClient, store: BrokenStore, told: Told
) -> None:
    await sign_in(ada, "bob")
    async with browser(app) as elsewhere:
        await sign_in(elsewhere, "bob")
    await app.session_interface.delete_owned_by("8")  # type: ignore[attr-defined]

    reasons = [(said["owner"], said["reason"]) for name, said in told if name == "session_ended"]
    assert reasons == [("7", "signed in anew")] + [("8", "ended from elsewhere")] * 2


@configured(SESSIONS_PER_OWNER=2)
async def test_so_do_those_that_are_too_many(app: Quart, told: Told, clock: FakeClock) -> None:
    for _ in range(3):
        async with browser(app) as ada:
            await sign_in(ada)
        clock.advance(seconds=1)

    assert [said["reason"] for name, said in told if name == "session_ended"] == ["too many"]


async def test_receivers_that_fail_or_wait_are_in_nobodys_way(
    app: Quart, visitor: httpx.AsyncClient, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    def fails(sender: Quart, **said: Any) -> None:
        raise RuntimeError("a receiver's")

    async def waits(sender: Quart, **said: Any) -> None:
        heard.append(said["account"].name)

    with signed_in.connected_to(fails, sender=app), signed_in.connected_to(waits, sender=app):
        answer = await sign_in(visitor)
        await visitor.get("/notes")

    assert answer.status_code == 303
    assert [name for name, _ in told] == ["signed_in"]
    assert heard == ["Ada"]
    assert "a receiver of signed_in failed" in caplog.text


async def test_a_hook_runs_once_the_record_is_made_and_before_the_answer_leaves(
    login: Login, visitor: httpx.AsyncClient, store: BrokenStore
) -> None:
    seen: list[tuple[Account, bool]] = []

    @login.on_sign_in
    async def hook(account: Account, key: str) -> None:
        seen.append((account, key in await keys(store)))

    answer = await sign_in(visitor)

    assert seen == [(ACCOUNTS["ada"], True)]
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (TakenBack("disabled meanwhile"), 401, "taken back"),
        (TakenBack(code=403), 403, "taken back"),
        (RuntimeError("no database"), 503, "trouble"),
    ],
)
async def test_a_hook_takes_a_sign_in_back(
    login: Login,
    visitor: httpx.AsyncClient,
    store: BrokenStore,
    told: Told,
    error: Exception,
    status: int,
    reason: str,
) -> None:
    @login.on_sign_in
    async def hook(account: Account, key: str) -> None:
        raise error

    answer = await sign_in(visitor)

    assert answer.status_code == status
    assert "<main>" in answer.text
    assert "session" not in visitor.cookies
    assert await keys(store) == []
    assert (await visitor.get("/notes")).status_code == 302
    assert [(name, said.get("reason")) for name, said in told] == [
        ("sign_in_refused", reason),
        ("session_ended", "taken back"),
    ]
    assert ("retry-after" in answer.headers) is (status == 503)


async def test_what_was_signed_in_to_before_ends_though_the_new_one_is_taken_back(
    login: Login, ada: httpx.AsyncClient, store: BrokenStore
) -> None:
    @login.on_sign_in
    async def hook(account: Account, key: str) -> None:
        raise TakenBack

    await sign_in(ada, "bob")

    assert await keys(store, "7") == await keys(store, "8") == []
    assert (await ada.get("/notes")).status_code == 302


async def test_a_form_of_the_applications_own_signs_in_and_out(
    app: Quart, login: Login, told: Told
) -> None:
    @app.post("/by-mail")
    async def by_mail() -> str:
        login.sign_in(Account(id="7", name="Ada"), method="mail")
        return current_account.name

    @app.post("/bye")
    async def bye() -> str:
        login.sign_out()
        return str(bool(current_account))

    async with browser(app) as ada:
        at_once = await ada.post("/by-mail")
        notes = await ada.get("/notes")
        token = ada.cookies["session"]
        await ada.post("/by-mail")
        again = ada.cookies["session"]
        gone = await ada.post("/bye")

    assert (at_once.text, notes.text, gone.text) == ("Ada", "Notes of Ada", "False")
    assert token != again
    assert [(name, said.get("method")) for name, said in told] == [
        ("signed_in", "mail"),
        ("signed_in", "mail"),
        ("session_ended", None),
        ("signed_out", None),
    ]


async def test_nobody_is_no_account_to_sign_in(app: Quart, login: Login) -> None:
    async with app.test_request_context("/"):
        with pytest.raises(ValueError, match="an id that is not empty"):
            login.sign_in(Account(id="", name="Ada"))
        with pytest.raises(ValueError, match="an id that is not empty"):
            login.sign_in(None)  # type: ignore[arg-type]


class ByCode:
    """A second step, for Ada only."""

    method = "code"
    template = "login/login.html"
    asks_password = True

    async def is_due(self, account: Account) -> bool:
        return account.id == "7"

    async def verify(self, sent: Sent) -> Account:
        if sent.fields.get("password") != f"code of {sent.account.name}":
            raise Refused("The name or the password is wrong.", reason=Refusal.WRONG, status=401)
        return sent.account


async def test_a_second_stage_comes_before_the_sign_in(
    app: Quart, login: Login, visitor: httpx.AsyncClient, told: Told, clock: FakeClock
) -> None:
    login.add_stage(ByCode())

    first = await sign_in(visitor, next="/notes")
    between = await visitor.get("/notes")
    wrong = await visitor.post("/login", data={"password": "no", "next": "/notes"})
    clock.advance(minutes=9)
    second = await visitor.post("/login", data={"password": "code of Ada", "next": "/notes"})
    notes = await visitor.get(second.headers["location"])

    assert (first.status_code, between.status_code, wrong.status_code) == (200, 302, 401)
    assert 'value="/notes"' in first.text
    assert notes.text == "Notes of Ada"
    assert [name for name, _ in told] == ["sign_in_refused", "signed_in"]
    assert told[-1][1]["method"] == "code"


async def test_a_stage_that_was_passed_gives_a_new_token(
    app: Quart, login: Login, visitor: httpx.AsyncClient
) -> None:
    login.add_stage(ByCode())

    @app.get("/cart")
    async def cart() -> str:
        session["cart"] = ["a book"]
        return ""

    await visitor.get("/cart")
    planted = visitor.cookies["session"]
    await sign_in(visitor)
    async with browser(app) as eve:
        eve.cookies.set("session", planted)
        hers = await eve.post("/login", data={"password": "code of Ada"})

    assert visitor.cookies["session"] != planted
    assert hers.status_code == 400
    assert (await visitor.post("/login", data={"password": "code of Ada"})).status_code == 303


async def test_who_need_not_pass_it_is_signed_in_without(
    login: Login, visitor: httpx.AsyncClient
) -> None:
    login.add_stage(ByCode())

    answer = await sign_in(visitor, "bob")

    assert answer.status_code == 303
    assert (await visitor.get("/notes")).text == "Notes of Bob"


async def test_stages_have_a_time_limit(
    login: Login, visitor: httpx.AsyncClient, told: Told, clock: FakeClock
) -> None:
    login.add_stage(ByCode())
    await sign_in(visitor)

    clock.advance(minutes=11)
    late = await visitor.post("/login", data={"password": "code of Ada"})
    anew = await sign_in(visitor)
    done = await visitor.post("/login", data={"password": "code of Ada"})

    assert late.status_code == 401
    assert "That took too long. Begin again." in late.text
    assert 'name="name"' in late.text
    assert (anew.status_code, done.status_code) == (200, 303)
    assert told[0] == ("sign_in_refused", {"method": "check", "reason": "late"})


async def test_a_stage_of_ones_own_session_does_not_count_for_another_account(
    app: Quart, login: Login
) -> None:
    login.add_stage(ByCode())

    async with browser(app) as eve:
        await sign_in(eve, "ada")
        forged = await eve.post("/login", data={"password": "code of Bob"})

        assert forged.status_code == 401
        assert (await eve.get("/notes")).status_code == 302


@pytest.mark.parametrize("takes_back", [False, True])
async def test_with_signed_cookies_hooks_and_signals_come_too(
    tmp_path: Path, takes_back: bool
) -> None:
    app = Quart(__name__)
    app.config.update(DATA_DIR=tmp_path, SESSION_TYPE="cookie", SECRET_KEY="x" * 32)
    login, heard = Login(app, check=check), list[str]()

    @login.on_sign_in
    async def hook(account: Account, key: str) -> None:
        if takes_back:
            raise TakenBack

    def note(sender: Quart, **said: Any) -> None:
        heard.append(said["account"].name)

    with signed_in.connected_to(note, sender=app):
        async with browser(app) as ada:
            answer = await sign_in(ada)

            assert answer.status_code == (401 if takes_back else 303)
            assert ("session" in ada.cookies) is not takes_back
    assert heard == ([] if takes_back else ["Ada"])
