"""An application's own check, whose guesses are counted where the accounts are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from quart import Quart

from quart_app import Login
from quart_app.sessions import Session
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import FakeClock
from tests.accounts.databases import PATIENT
from tests.login.conftest import PASSWORD, check, sign_in
from tests.web.asking import browser


@asynccontextmanager
async def begun(app: Quart) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's browser, while the application runs."""
    async with app.test_app(), browser(app) as visitor:
        yield visitor


@pytest.fixture
def workers(tmp_path: Path, clock: FakeClock) -> list[Quart]:
    """Two of one application."""
    made = []
    for _ in range(2):
        app = Quart(__name__)
        app.config.update(
            DATA_DIR=tmp_path,
            LOGIN_GUESSES="accounts",
            DATABASE_TIMEOUT=PATIENT,
        )
        Session(app, store=MemoryStore(clock=clock))
        Login(app, check=check)
        made.append(app)
    return made


async def test_guesses_are_counted_for_all_workers_together(
    workers: list[Quart], clock: FakeClock
) -> None:
    async with begun(workers[0]) as here, begun(workers[1]) as there:
        wrong = [await sign_in(each, "ada", "wrong") for each in (here, there, here, there, here)]
        slowed = await sign_in(there, "ada")
        clock.advance(seconds=1)
        right = await sign_in(there, "ada")
        free_again = [await sign_in(here, "ada", "wrong") for _ in range(5)]

        assert [answer.status_code for answer in wrong] == [401] * 5
        assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "1")
        assert right.status_code == 303
        assert [answer.status_code for answer in free_again] == [401] * 5


async def test_there_are_no_pages_of_accounts_and_no_accounts(workers: list[Quart]) -> None:
    async with begun(workers[0]) as visitor:
        assert (await sign_in(visitor, "ada", PASSWORD)).status_code == 303
        assert (await visitor.get("/password")).status_code == 404


async def test_an_application_that_has_a_database_of_its_own_keeps_it_to_itself(
    tmp_path: Path, clock: FakeClock
) -> None:
    app = Quart(__name__)
    app.config.update(DATA_DIR=tmp_path, DATABASE_URL="postgresql+asyncpg://ada@127.0.0.1:1/shop")
    Session(app, store=MemoryStore(clock=clock))
    Login(app, check=check)

    async with begun(app) as visitor:
        assert (await sign_in(visitor, "ada", PASSWORD)).status_code == 303
