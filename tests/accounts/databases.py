"""Databases as tests open them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from quart_app.accounts.storage import migrating
from quart_app.accounts.storage.database import Database
from quart_app.accounts.storage.places import backend_at

# As it is shipped.
SHIPPED = timedelta(milliseconds=800)
# For a database whose calls are not to be late on a busy machine.
PATIENT = timedelta(seconds=20)


def database_at(
    url: str | None,
    *,
    folder: Path = Path(),
    timeout: timedelta = PATIENT,
    versions: Sequence[Path] = migrating.VERSIONS,
) -> Database:
    """The database at this address, or in this folder."""
    backend = backend_at(url, folder=folder, timeout=timeout)
    return Database(backend, timeout=timeout, versions=versions)
