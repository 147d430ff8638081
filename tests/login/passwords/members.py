"""Accounts for tests to sign in to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from quart import Quart
from quart.testing import TestApp

from quart_app import create_app
from quart_app.accounts import Accounts, Administration
from quart_app.login.members import members_of

RIGHT = "correct horse battery staple"
OTHER = "another horse, another staple"
WRONG = "incorrect horse battery staple"


def accounts_of(app: Quart) -> Accounts:
    """Those of an application that has begun."""
    return members_of(app).accounts


def office_of(app: Quart) -> Administration:
    """Who looks after them."""
    return Administration(accounts_of(app), actor="test")


@asynccontextmanager
async def with_accounts(app: Quart, *names: str) -> AsyncIterator[Administration]:
    """The application begun, with these accounts, whose password is the right one."""
    async with TestApp(app, startup_timeout=60, shutdown_timeout=60):
        for name in names:
            await office_of(app).add(name, password=RIGHT)
        yield office_of(app)


def add_account(name: str, **config: Any) -> None:
    """Have an account added beside running servers."""
    app = create_app({"LOGIN_MODE": "password", **config})

    async def add() -> None:
        await office_of(app).add(name, password=RIGHT)
        await accounts_of(app).close()

    asyncio.run(add())
