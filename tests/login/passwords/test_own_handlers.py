"""What an application's own handlers do with accounts that are kept here."""

from __future__ import annotations

import httpx
import pytest
from quart import Quart

from quart_app import Login
from quart_app.accounts import Administration
from quart_app.errors import ConfigurationError
from quart_app.sessions import interface_of
from quart_app.testing import BrokenStore
from tests.login.conftest import check, sign_in
from tests.login.passwords.members import RIGHT, accounts_of
from tests.web.asking import browser


@pytest.fixture
def app(app: Quart, login: Login) -> Quart:
    """With a page that makes an account for whoever asks, and signs them in to it."""

    @app.post("/join/<name>")
    async def join(name: str) -> str:
        office = Administration(login.accounts, actor="page to join")
        login.sign_in(await office.add(name, password=RIGHT), method="joined")
        return "welcome"

    @app.post("/disable/<name>")
    async def disable(name: str) -> dict[str, int]:
        office = Administration(login.accounts, actor="page of administrators")
        account = await office.find(name)
        await login.end(await office.disable(name))
        return {"left": len(await interface_of(app).owned_by(account.id))}

    return app


async def test_an_account_that_is_signed_in_by_a_handler_is_shown_as_it_was_typed(
    app: Quart, office: Administration, visitor: httpx.AsyncClient
) -> None:
    joined = await visitor.post("/join/Zoe")

    assert joined.status_code == 200
    assert (await visitor.get("/notes")).text == "Notes of Zoe"


async def test_sessions_have_ended_when_the_call_that_ends_them_returns(
    app: Quart, office: Administration, visitor: httpx.AsyncClient
) -> None:
    await sign_in(visitor, "ada", RIGHT)
    async with browser(app) as bob:
        await sign_in(bob, "bob", RIGHT)

        answer = await bob.post("/disable/ada")

        assert answer.json() == {"left": 0}
        assert (await visitor.get("/notes")).status_code == 302
        assert (await bob.get("/notes")).text == "Notes of Bob"
    assert await accounts_of(app).pending_endings() == []


async def test_what_cannot_be_ended_yet_is_left_to_whoever_takes_it_up(
    app: Quart, office: Administration, store: BrokenStore, visitor: httpx.AsyncClient
) -> None:
    await sign_in(visitor, "ada", RIGHT)
    async with browser(app) as stranger:
        store.broken = True
        answer = await stranger.post("/disable/bob")
        store.broken = False

    assert answer.status_code == 503
    assert len(await accounts_of(app).pending_endings()) == 1


async def test_without_accounts_there_is_nothing_to_end(bare: Quart) -> None:
    login = Login(bare, check=check)

    with pytest.raises(ConfigurationError, match="LOGIN_MODE"):
        await login.end(None)  # type: ignore[arg-type]
