"""Databases, of both kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from quart_app.accounts import Accounts, Administration
from quart_app.accounts.storage.database import Database
from quart_app.testing import FakeClock
from tests.accounts.databases import database_at
from tests.accounts.people import members_of
from tests.kit.postgresql import PostgreSQLServer


@pytest.fixture(scope="session")
def _shared_postgresql() -> Iterator[PostgreSQLServer]:
    with PostgreSQLServer.running() as server:
        yield server


@pytest.fixture
def own_postgresql(_shared_postgresql: PostgreSQLServer) -> Iterator[PostgreSQLServer]:
    """One that the test may kill and pause: the next one finds it running again."""
    yield _shared_postgresql
    if _shared_postgresql.is_running:
        _shared_postgresql.resume()
    else:
        _shared_postgresql.start()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'accounts.sqlite3'}"
    server: PostgreSQLServer = request.getfixturevalue("_shared_postgresql")
    return server.new_database()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """One with its tables."""
    opened = database_at(url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def members(url: str, clock: FakeClock) -> AsyncIterator[Accounts]:
    """The accounts, with nobody among them."""
    made = members_of(url, clock=clock)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def office(members: Accounts) -> Administration:
    """Who looks after them."""
    return Administration(members, actor="test")
