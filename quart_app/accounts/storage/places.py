"""Finds the database that the settings name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from quart_app.accounts.storage import postgresql, sqlite
from quart_app.accounts.storage.backend import Backend
from quart_app.errors import ConfigurationError

FILE_NAME = "accounts.sqlite3"
_CURE = "set DATABASE_URL to postgresql://user:password@host/database or sqlite:////path/of/a/file"


def backend_at(url: str | None, *, folder: Path, timeout: timedelta) -> Backend:
    """The database at this address, or else in a file in this folder. Raises `ConfigurationError`,
    which does not show the address: a password may be in it."""
    if url is None:
        return sqlite.backend(folder / FILE_NAME, timeout=timeout)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(_CURE) from None
    kind, name = parsed.get_backend_name(), parsed.database
    if kind == "postgresql":
        return postgresql.backend(parsed, timeout=timeout)
    if kind == "sqlite" and name and name != ":memory:":
        return sqlite.backend(Path(name), timeout=timeout)
    raise ConfigurationError(_CURE)
