"""Accounts in PostgreSQL, by psycopg 3: for several machines."""

from __future__ import annotations

import socket
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import URL, Connection, create_engine, text

from quart_app.accounts.storage.backend import Backend
from quart_app.errors import ConfigurationError

WRITERS, READERS = 4, 2
# Any number does that no other application of this database takes.
LOCK = int.from_bytes(b"Quart")
# The least that the driver waits for a connection; the caller has long given up.
_CONNECT_SECONDS = 2


def backend(url: URL, *, timeout: timedelta) -> Backend:
    """The database at this address. Raises `ConfigurationError` where there is no driver."""
    try:
        from psycopg import Error
    except ImportError as exc:
        raise ConfigurationError(
            "DATABASE_URL is that of a PostgreSQL, for which the driver is missing: run "
            "pip install 'quart-app[postgresql]'"
        ) from exc
    milliseconds = int(timeout.total_seconds() * 1000)
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_size=WRITERS + READERS,
        max_overflow=0,
        connect_args={
            "application_name": "quart_app",
            "connect_timeout": _CONNECT_SECONDS,
            "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
            # A machine that is gone answers nothing at all.
            "keepalives_idle": 5,
            "keepalives_interval": 1,
            "keepalives_count": 3,
        },
    )
    return Backend(
        name=url.set(query={}).render_as_string(hide_password=True),  # one may be there, too
        engine=engine,
        driver_error=Error,
        writers=WRITERS,
        readers=READERS,
        make=lambda: None,
        is_there=lambda: True,
        be_patient=lambda *_: None,  # its lock is
        lock=_lock,
        break_off=_break_off,
    )


def _lock(connection: Connection, within: timedelta) -> None:
    # So that it says itself what it waits for, before it is broken off.
    for limit, share in (("lock_timeout", 0.8), ("statement_timeout", 1)):
        milliseconds = int(within.total_seconds() * share * 1000)
        connection.execute(text(f"SET LOCAL {limit} = {milliseconds}"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def _break_off(connection: Any) -> None:
    # A server that hangs would hold the thread, and keep the process from ending.
    from psycopg import Error

    with suppress(OSError, Error):
        wire = socket.socket(fileno=connection.fileno())
        try:
            wire.shutdown(socket.SHUT_RDWR)
        finally:
            wire.detach()  # it stays the driver's
