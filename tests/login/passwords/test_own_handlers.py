"""What an application's own handlers do with accounts that are kept here."""

from __future__ import annotations

import httpx
import pytest
from quart import Quart

from quart_app import Login
from quart_app.accounts import Administration
from tests.login.passwords.members import RIGHT


@pytest.fixture
def app(app: Quart, login: Login) -> Quart:
    """With a page that makes an account for whoever asks, and signs them in to it."""

    @app.post("/join/<name>")
    async def join(name: str) -> str:
        office = Administration(login.accounts, actor="page to join")
        login.sign_in(await office.add(name, password=RIGHT), method="joined")
        return "welcome"

    return app


async def test_an_account_that_is_signed_in_by_a_handler_is_shown_as_it_was_typed(
    app: Quart, office: Administration, visitor: httpx.AsyncClient
) -> None:
    joined = await visitor.post("/join/Zoe")

    assert joined.status_code == 200
    assert (await visitor.get("/notes")).text == "Notes of Zoe"
