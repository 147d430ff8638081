"""Accounts for tests to sign in to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from quart import Quart

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
    async with app.test_app():
        for name in names:
            await office_of(app).add(name, password=RIGHT)
        yield office_of(app)


def add_account(name: str, **config: Any) -> str:
    """Have an account added beside running servers; its id."""
    app = create_app({"LOGIN_MODE": "password", **config})

    async def add() -> str:
        await office_of(app).add(name, password=RIGHT)
        account = await office_of(app).find(name)
        await accounts_of(app).close()
        return account.id

    return asyncio.run(add())
