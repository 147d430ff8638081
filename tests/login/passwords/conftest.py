"""A login that asks for passwords, and two people who have one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from quart import Quart

from quart_app import Login
from quart_app.accounts import Administration
from tests.accounts.databases import PATIENT
from tests.login.passwords.members import with_accounts


@pytest.fixture
def login(bare: Quart) -> Login:
    """Not somebody's own check."""
    bare.config["LOGIN_MODE"] = "password"
    bare.config.setdefault("DATABASE_TIMEOUT", PATIENT)
    return Login(bare)


@pytest.fixture
async def office(app: Quart) -> AsyncIterator[Administration]:
    """Who looks after their accounts."""
    async with with_accounts(app, "Ada", "Bob") as office:
        yield office
