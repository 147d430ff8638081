"""One line signs an account in to an application with a login, as its own form would."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from quart import Quart, session

from quart_app import Account, Login, current_account, login_required
from quart_app.accounts import Administration
from quart_app.sessions import Session
from quart_app.testing import Client, FakeClock, signed_in_client

PASSWORD = "correct horse battery staple"  # noqa: S105 - a test's


async def check(name: str, password: str) -> Account | None:
    return Account(id="7", name=name) if password == PASSWORD else None


def an_app(folder: Path, clock: FakeClock, **config: Any) -> Quart:
    """With a page for those who are signed in, and something grave."""
    app = Quart(__name__)
    app.config.update(DATA_DIR=folder, **config)
    Session(app, clock=clock)

    @app.get("/")
    @login_required
    async def index() -> dict[str, Any]:
        return {"id": current_account.id, "name": current_account.name}

    @app.get("/held")
    async def in_session() -> dict[str, Any]:
        return {**session, "permanent": session.permanent}

    @app.get("/grave")
    @login_required(within=timedelta(minutes=10))
    async def grave() -> str:
        return "done"

    return app


@pytest.fixture
def app(tmp_path: Path, clock: FakeClock) -> Quart:
    app = an_app(tmp_path, clock, SESSION_TYPE="memory")
    Login(app, check=check)
    return app


async def test_an_account_is_signed_in_with_id_and_name(app: Quart) -> None:
    ada = await signed_in_client(app, Account(id="7", name="Ada"))

    assert (await ada.get("/")).json() == {"id": "7", "name": "Ada"}


@pytest.mark.parametrize("owner", ["7", 7])
async def test_an_id_alone_is_an_account_too(app: Quart, owner: object) -> None:
    client = await signed_in_client(app, owner)

    assert (await client.get("/")).json() == {"id": "7", "name": "7"}


async def test_the_session_is_as_the_form_leaves_it(app: Quart) -> None:
    by_form = Client(app)
    await by_form.post("/login", form={"name": "Ada", "password": PASSWORD})

    in_one_line = await signed_in_client(app, Account(id="7", name="Ada"))

    assert (await in_one_line.get("/held")).json() == (await by_form.get("/held")).json()


async def test_it_counts_as_proved_just_now(app: Quart, clock: FakeClock) -> None:
    ada = await signed_in_client(app, Account(id="7", name="Ada"))

    assert (await ada.get("/grave")).text() == "done"

    clock.advance(minutes=11)
    assert (await ada.get("/grave")).location == "/confirm?next=/grave"


@pytest.mark.parametrize("proved_ago", [timedelta(minutes=11), None], ids=str)
async def test_a_test_can_say_that_it_was_proved_earlier_or_never(
    app: Quart, proved_ago: timedelta | None
) -> None:
    ada = await signed_in_client(app, "7", proved_ago=proved_ago)

    assert (await ada.get("/")).status == 200
    assert (await ada.get("/grave")).location == "/confirm?next=/grave"


async def test_what_else_the_session_is_to_hold_is_there_too(app: Quart) -> None:
    ada = await signed_in_client(app, Account(id="7", name="Ada"), cart=["apple"])

    assert (await ada.get("/held")).json()["cart"] == ["apple"]


async def test_an_account_that_is_kept_here_is_signed_in_as_by_its_password(
    tmp_path: Path, clock: FakeClock
) -> None:
    app = an_app(tmp_path, clock, LOGIN_MODE="password")
    login = Login(app)
    async with Client(app) as by_form:
        account = await Administration(login.accounts, actor="test").add("Ada", password=PASSWORD)
        await by_form.post("/login", form={"name": "ada", "password": PASSWORD})

        in_one_line = await signed_in_client(app, account)

        assert (await in_one_line.get("/")).json() == {"id": account.id, "name": "Ada"}
        assert (await in_one_line.get("/held")).json() == (await by_form.get("/held")).json()
