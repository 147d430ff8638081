"""Does WHAT in the database at ADDRESS again and again, from the same beginning, killed one step
later each time until it comes to its end; prints what is there before, and after each time. FOLDER
holds the next version. A step is a statement, a commit, or the end of a transaction."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, event, func, insert, inspect, select, text

from quart_app.accounts import Accounts, Administration
from quart_app.accounts.storage import migrating
from quart_app.accounts.storage.backend import WRITES
from quart_app.accounts.storage.database import Database
from quart_app.accounts.storage.places import backend_at
from quart_app.accounts.storage.tables import (
    ACCOUNTS,
    ATTEMPTS,
    CREDENTIALS,
    EVENTS,
    METADATA,
    VERSION_TABLE,
)
from quart_app.accounts.words import Kind
from quart_app.testing import FakeClock
from tests.accounts.databases import PATIENT, database_at
from tests.accounts.people import CHEAP, HOME, OTHER, RIGHT, members_of


class Steps:
    """Of a database, the last of which its process does not outlive."""

    def __init__(self, database: Database, *, last: int) -> None:
        self._left = last
        engine = database._backend.engine
        for each in ("before_cursor_execute", "commit", "checkin", "close_detached"):
            event.listen(engine, each, self._take)

    def _take(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def add(members: Accounts) -> None:
    await Administration(members, actor="test").add("Ada", password=RIGHT)


async def change_password(members: Accounts) -> None:
    account = await members.by_name("Ada")
    assert account is not None
    await members.change_password(account.id, current=RIGHT, new=OTHER, client=HOME, keep=None)


async def delete(members: Accounts) -> None:
    await Administration(members, actor="test").delete("Ada")


WHAT: Mapping[str, Callable[[Accounts], Awaitable[None]]] = {
    "add": add,
    "change_password": change_password,
    "delete": delete,
    "make": Accounts.open,
    "migrate": Accounts.open,
}


async def do(url: str, what: str, *, folder: Path, last: int) -> None:
    versions = migrating.VERSIONS if what != "migrate" else (*migrating.VERSIONS, folder)
    database = database_at(url, versions=versions)
    members = members_of(url, clock=FakeClock(), database=database)
    Steps(database, last=last)
    await WHAT[what](members)


def begin(connection: Connection, what: str) -> None:
    """Have the same there as each time before."""
    if what in ("make", "migrate"):
        METADATA.drop_all(connection)
        connection.execute(text(f"DROP TABLE IF EXISTS {VERSION_TABLE}"))
    if what == "make":
        return
    migrating.upgrade(connection)
    for table in reversed(METADATA.sorted_tables):
        connection.execute(table.delete())
    if what != "add":
        values = {"id": "a", "name": "ada", "shown": "Ada", "skeleton": "ada", "handle": b"1"}
        numbers = {"is_admin": False, "created_at": 1.0, "epoch": 0}
        secret = {"id": "c", "account_id": "a", "kind": "password", "created_at": 1.0}
        connection.execute(insert(ACCOUNTS).values(**values, **numbers))
        connection.execute(insert(CREDENTIALS).values(secret=CHEAP.hash(RIGHT), **secret))


def _all(connection: Connection) -> list[object]:
    """All that matters, but for what differs each time: ids, and the salt of hashes."""
    inspector = inspect(connection)
    found: list[object] = [*sorted(inspector.get_table_names())]
    if not found:
        return found
    found += [column["name"] for column in inspector.get_columns(ACCOUNTS.name)]
    for table in METADATA.sorted_tables:
        if table.name not in (ATTEMPTS.name, EVENTS.name):
            found += connection.execute(select(func.count()).select_from(table)).all()
    accounts = select(ACCOUNTS.c.name, ACCOUNTS.c.epoch, ACCOUNTS.c.disabled_at)
    secrets = connection.execute(select(CREDENTIALS.c.secret)).scalars()
    # Before its owner changes a password it is asked for, and that is noted.
    audit = select(EVENTS.c.kind, EVENTS.c.name).where(EVENTS.c.kind != Kind.PROOF)
    found += connection.execute(accounts).all()
    found += [CHEAP.matches(secret, RIGHT) for secret in secrets]
    return [*found, *connection.execute(audit).all()]


def killed(url: str, what: str, *, folder: Path, last: int) -> int:
    """What a child does until its last step; its exit status, or minus what it was killed by."""
    if (pid := os.fork()) == 0:
        asyncio.run(do(url, what, folder=folder, last=last))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(url: str, what: str, folder: str) -> None:
    backend = backend_at(url, folder=Path(), timeout=PATIENT)
    backend.make()
    status = -signal.SIGKILL
    for last in count():
        with backend.engine.connect() as connection:
            connection.execution_options(**{WRITES: True})
            with connection.begin():
                if last:
                    sys.stdout.write(f"{_all(connection)}\n")
                if status != -signal.SIGKILL:
                    sys.exit(status)
                begin(connection, what)
                if not last:
                    sys.stdout.write(f"{_all(connection)}\n")
        sys.stdout.flush()
        backend.engine.dispose()  # a child is to have no connection of its parent's
        status = killed(url, what, folder=Path(folder), last=last + 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
