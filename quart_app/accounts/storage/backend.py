"""What a kind of database has to say for itself; `sqlite.py` and `postgresql.py` are the two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine

# An option of a connection: whether its transaction is going to write.
WRITES = "quart_app_writes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """One database, and how it differs from others."""

    name: str
    """As log lines call it, without a password."""
    engine: Engine
    driver_error: type[Exception]
    """What the driver raises where SQLAlchemy does not stand between."""
    writers: int
    """How many transactions that write are worth being under way at once."""
    readers: int
    make: Callable[[], None]
    """Make what has to be there before the first connection. Raises `ConfigurationError`."""
    is_there: Callable[[], bool]
    """Whether there is anything to connect to. Raises the same."""
    be_patient: Callable[[Connection, timedelta], None]
    """Before a transaction that migrates: others may do so for so long."""
    lock: Callable[[Connection, timedelta], None]
    """In that transaction: keep all others from migrating until its end, and wait so long."""
    break_off: Callable[[Any], None]
    """Free the thread that waits for a connection of the driver's, from another thread."""

    def said(self, exc: Exception) -> str:
        """What went wrong, in one line of the driver's own words: SQLAlchemy's would show the
        statement."""
        words = str(getattr(exc, "orig", None) or exc).strip().partition("\n")[0]
        return f"{self.name}: {words}"
