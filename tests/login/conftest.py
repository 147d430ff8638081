"""Somebody's own application with a login, in the test's own process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from quart import Quart

from quart_app import Account, Login, current_account, login_required
from quart_app.sessions import Session
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import BrokenStore, FakeClock
from tests.web.asking import browser

PASSWORD = "correct horse"  # noqa: S105 - a test's
ACCOUNTS = {"ada": Account(id="7", name="Ada"), "bob": Account(id="8", name="Bob")}


async def check(name: str, password: str) -> Account | None:
    """An application's own."""
    return ACCOUNTS.get(name.lower()) if password == PASSWORD else None


@pytest.fixture
def config() -> dict[str, Any]:
    """What a test wants to be otherwise: see `tests.web.configured`."""
    return {}


@pytest.fixture
def store(clock: FakeClock) -> BrokenStore:
    """It works, until the test breaks it."""
    return BrokenStore(MemoryStore(clock=clock))


@pytest.fixture
def bare(config: dict[str, Any], store: BrokenStore, tmp_path: Path) -> Quart:
    """Without a login yet."""
    app = Quart(__name__)
    app.config.update({"DATA_DIR": tmp_path, **config})
    Session(app, store=store)
    return app


@pytest.fixture
def login(bare: Quart) -> Login:
    """What the application has of us."""
    return Login(bare, check=check)


@pytest.fixture
def app(bare: Quart, login: Login) -> Quart:
    """With a page for those who are signed in."""

    @bare.route("/notes", methods=["GET", "POST"])
    @login_required
    async def notes() -> str:
        return f"Notes of {current_account.name}"

    return bare


@pytest.fixture
async def visitor(app: Quart) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in."""
    async with browser(app) as visitor:
        yield visitor


@pytest.fixture
async def ada(app: Quart) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is."""
    async with browser(app) as ada:
        await sign_in(ada)
        yield ada


async def sign_in(
    browser: httpx.AsyncClient, name: str = "ada", password: str = PASSWORD, **more: str
) -> httpx.Response:
    """Sends the form."""
    return await browser.post("/login", data={"name": name, "password": password, **more})
