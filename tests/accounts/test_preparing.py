"""A start waits for its database so long, and no longer."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, text

from quart_app.accounts.storage import migrating, postgresql
from quart_app.accounts.storage.database import Database
from quart_app.accounts.storage.preparing import State
from quart_app.errors import AccountsUnavailable, ConfigurationError
from tests.accounts.databases import PATIENT, SHIPPED, database_at
from tests.accounts.test_migrations import columns, next_version
from tests.kit.polling import eventually
from tests.kit.postgresql import PostgreSQLServer

SHORT = timedelta(seconds=1)
# A machine that others use takes its time; "for ever" is more.
SOON_SECONDS = 20.0


@pytest.fixture
async def url_of_version_1(own_postgresql: PostgreSQLServer) -> str:
    """A database as the version before the next one has left it."""
    url = own_postgresql.new_database()
    before = database_at(url)
    await before.open()
    await before.close()
    return url


@pytest.fixture
def next_one(url_of_version_1: str, tmp_path: Path) -> Database:
    """The same, opened by the next version."""
    versions = (*migrating.VERSIONS, next_version(tmp_path / "next"))
    return database_at(url_of_version_1, versions=versions, migrated_within=SHORT)


HOLDS = {
    "the tables": "SELECT * FROM quart_app_accounts",
    "the lock of who migrates": f"SELECT pg_advisory_xact_lock({postgresql.LOCK})",
}


@pytest.fixture(params=HOLDS)
def other(url_of_version_1: str, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """Another session, with a transaction that it does not end."""
    with psycopg.connect(url_of_version_1) as other:
        other.execute(HOLDS[request.param])
        yield other


def pausing(
    server: PostgreSQLServer, function: Callable[..., None], *, first: bool
) -> Callable[..., None]:
    def instead(*args: Any, **kwargs: Any) -> None:
        if first:
            server.pause()
        function(*args, **kwargs)
        server.pause()

    return instead


@pytest.mark.parametrize("begun", [False, True], ids=["before its first step", "before its commit"])
async def test_a_server_that_hangs_while_it_migrates_ends_the_start_in_one_line(
    own_postgresql: PostgreSQLServer,
    next_one: Database,
    monkeypatch: pytest.MonkeyPatch,
    begun: bool,
) -> None:
    upgrade = pausing(own_postgresql, migrating.upgrade, first=not begun)
    monkeypatch.setattr(migrating, "upgrade", upgrade)
    began = time.monotonic()

    with pytest.raises(ConfigurationError, match="could not be made ready within 1 s") as ended:
        await next_one.open()

    own_postgresql.resume()
    assert time.monotonic() - began < SOON_SECONDS
    assert "\n" not in str(ended.value)
    assert "have the database answer" in str(ended.value)
    await next_one.close()


async def test_a_session_that_holds_what_is_needed_ends_the_start_and_the_next_one_is_well(
    next_one: Database, other: psycopg.Connection
) -> None:
    with pytest.raises(ConfigurationError, match="let no other session hold"):
        await next_one.open()
    other.rollback()
    await next_one.open()

    assert "nickname" in await next_one.read(columns)
    await next_one.close()


async def test_a_start_that_waits_for_another_session_is_stopped_at_once(
    url_of_version_1: str, other: psycopg.Connection, tmp_path: Path
) -> None:
    versions = (*migrating.VERSIONS, next_version(tmp_path / "next"))
    database = database_at(url_of_version_1, versions=versions, migrated_within=PATIENT * 10)
    start = asyncio.create_task(database.open())

    await eventually(lambda: _waits_for_a_lock(url_of_version_1))
    await asyncio.wait_for(database.close(), SOON_SECONDS)

    with pytest.raises(ConfigurationError):
        await start


async def test_a_server_that_hangs_at_its_first_question_is_asked_again_by_what_needs_it(
    own_postgresql: PostgreSQLServer,
) -> None:
    database = database_at(own_postgresql.new_database(), looked_at_within=SHORT)
    event.listen(
        database._backend.engine, "connect", lambda *_: own_postgresql.pause(), insert=True
    )

    with pytest.raises(AccountsUnavailable):
        await asyncio.wait_for(database.open(), SOON_SECONDS)
    own_postgresql.resume()

    await database.close()


async def test_a_call_whose_connection_hangs_while_it_is_made_keeps_no_thread(
    url_of_version_1: str, own_postgresql: PostgreSQLServer
) -> None:
    database = database_at(url_of_version_1, timeout=SHIPPED)
    database._preparing.done = True
    event.listen(
        database._backend.engine, "connect", lambda *_: own_postgresql.pause(), insert=True
    )

    with pytest.raises(AccountsUnavailable):
        await database.read(lambda connection: connection.execute(text("SELECT 1")).scalar())

    await eventually(lambda: database.waiting == 0)
    own_postgresql.resume()
    await database.close()


async def test_what_a_start_will_find_is_told_and_nothing_is_made(url: str, tmp_path: Path) -> None:
    def add_account(connection: Connection) -> None:
        connection.execute(
            text(
                "INSERT INTO quart_app_accounts (id, name, shown, skeleton, handle, is_admin, "
                "created_at, epoch) VALUES ('a', 'ada', 'Ada', 'ada', '1', false, 1, 0)"
            )
        )

    database = database_at(url)
    at_first = await database.state()
    again = await database.state()
    await database.open()
    empty = await database.state()
    await database.write(add_account)
    full = await database.state()
    newer = database_at(url, versions=(*migrating.VERSIONS, next_version(tmp_path / "next")))
    to_be_migrated = await newer.state()
    await newer.open()

    with pytest.raises(ConfigurationError, match="newer version"):
        await database.state()
    await database.close()
    await newer.close()

    assert at_first == again == State(is_made=False, is_up_to_date=False, has_accounts=False)
    assert empty == State(is_made=True, is_up_to_date=True, has_accounts=False)
    assert full == State(is_made=True, is_up_to_date=True, has_accounts=True)
    assert to_be_migrated == State(is_made=True, is_up_to_date=False, has_accounts=True)


async def test_a_file_that_is_looked_at_is_not_made(tmp_path: Path) -> None:
    database = database_at(None, folder=tmp_path / "data")

    await database.state()

    assert not (tmp_path / "data").exists()
    await database.close()


async def test_a_file_that_another_program_has_for_itself_is_not_waited_for_long(
    tmp_path: Path,
) -> None:
    database = database_at(None, folder=tmp_path, timeout=SHIPPED)
    await database.open()
    other = sqlite3.connect(tmp_path / "accounts.sqlite3", isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")

    await database.close()
    with pytest.raises(AccountsUnavailable):
        await asyncio.wait_for(database_at(None, folder=tmp_path).state(), SOON_SECONDS)

    other.close()


def _waits_for_a_lock(url: str) -> bool:
    with psycopg.connect(url, autocommit=True) as connection:
        asked = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        )
        return asked.fetchone() != (0,)
