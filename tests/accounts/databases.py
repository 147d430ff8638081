"""Databases as tests open them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from quart_app.accounts.storage.database import Database
from quart_app.accounts.storage.places import backend_at
from quart_app.accounts.storage.preparing import Preparing

# As it is shipped.
SHIPPED = timedelta(milliseconds=800)
# For a database whose calls are not to be late on a busy machine.
PATIENT = timedelta(seconds=20)


def database_at(
    url: str | None,
    *,
    folder: Path = Path(),
    timeout: timedelta = PATIENT,
    **preparing: Any,
) -> Database:
    """The database at this address, or in this folder."""
    backend = backend_at(url, folder=folder, timeout=timeout)
    return Database(backend, timeout=timeout, preparing=Preparing(backend, **preparing))


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Those that the database is told in this block."""
    told: list[str] = []

    def note(*heard: Any) -> None:
        told.append(heard[2])

    engine = database._backend.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def steps(database: Database) -> Iterator[list[None]]:
    """The steps that SQLite's machine takes in this block: more rows are more of them."""
    taken: list[None] = []

    def count(connection: Any, *_: object) -> None:
        connection.set_progress_handler(lambda: taken.append(None), 1)

    engine = database._backend.engine
    event.listen(engine, "checkout", count)
    try:
        yield taken
    finally:
        event.remove(engine, "checkout", count)
