"""Accounts in one file of SQLite: many readers, one writer."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from quart_app.accounts.storage.backend import WRITES, Backend
from quart_app.errors import ConfigurationError
from quart_app.settings.folders import make_own

WRITERS, READERS = 1, 2
_LONGEST_SWITCH_SECONDS = 60.0
_STEP_SECONDS = 0.02
# What it says when others are at it; anything else, as a full disk, is no better for waiting.
_OTHERS = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)


def backend(path: Path, *, timeout: timedelta) -> Backend:
    """The database in this file, which is made if there is none."""
    # Waiting for another process's writer has to end before the caller gives up.
    busy_seconds = timeout.total_seconds() * 0.75
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(path, timeout=busy_seconds, check_same_thread=False),
        poolclass=QueuePool,
        pool_size=WRITERS + READERS,
        max_overflow=0,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return Backend(
        name=str(path),
        engine=engine,
        driver_error=sqlite3.Error,
        writers=WRITERS,
        readers=READERS,
        make=lambda: _make(path, engine),
        is_there=lambda: _is_there(path),
        be_patient=_be_patient,
        lock=lambda *_: None,  # a writer is alone
        break_off=_break_off,
    )


def _set_up(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # the driver is not to begin transactions by itself
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # a password that was changed stays changed


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    # Not as a statement of SQLAlchemy's, which would take ten times as long.
    driver: Any = connection.connection.dbapi_connection
    # One that begins as a reader cannot always become a writer.
    driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


def _be_patient(connection: Connection, within: timedelta) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA busy_timeout = {within.total_seconds() * 1000:.0f}")


def _break_off(connection: Any) -> None:
    with suppress(sqlite3.Error):
        connection.interrupt()


def _make(path: Path, engine: Engine) -> None:
    try:
        make_own(path.parent)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as exc:
        raise _cannot_be(path, exc) from exc
    _require_own(path)
    _have_readers_beside_the_writer(engine)


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        _require_that_it_can_be_made(path)
        return False
    except PermissionError:
        return True  # what opens it says why not
    _require_own(path)
    return True


def _require_that_it_can_be_made(path: Path) -> None:
    nearest = next(folder for folder in path.absolute().parents if os.path.lexists(folder))
    if not nearest.is_dir():
        raise _cannot_be(path, FileExistsError(errno.ENOTDIR, f"{nearest} is no folder"))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise _cannot_be(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _require_own(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as exc:
        raise _cannot_be(path, exc) from exc
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(f"{path} is open to other users: run chmod 600 {path}")


def _cannot_be(path: Path, exc: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{path} cannot hold the accounts ({exc.strerror}): set DATA_DIR to a folder of the "
        "server's own, or DATABASE_URL"
    )


def _have_readers_beside_the_writer(engine: Engine) -> None:
    # SQLite does not wait for others who switch at the same moment, so this does.
    give_up = time.monotonic() + _LONGEST_SWITCH_SECONDS
    connection = engine.raw_connection()
    try:
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as exc:
                if exc.sqlite_errorcode & 0xFF not in _OTHERS or time.monotonic() > give_up:
                    raise
                time.sleep(_STEP_SECONDS)
            else:
                return
    finally:
        connection.close()
