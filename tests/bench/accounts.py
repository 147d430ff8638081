"""Accounts to measure with: all have the same password, and it is hashed once."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from quart_app.accounts import Accounts, Administration
from quart_app.accounts.passwords.foreign import Source
from quart_app.accounts.passwords.own import Argon2
from quart_app.settings import AccountsSettings
from tests.bench.apps.people import RIGHT, name_of

PATIENT = timedelta(minutes=1)


def accounts_in(folder: Path) -> Accounts:
    """Those that are kept there; a machine that others use may take its time."""
    keys, settings = [b"a key of the bench's own"], AccountsSettings(database_timeout=PATIENT)
    return Accounts.from_settings(settings, folder=folder, keys=keys)


async def add_people(accounts: Accounts, count: int) -> None:
    """Add so many."""
    secret = Argon2().hash(RIGHT)
    lines = (json.dumps({"name": name_of(each), "hash": secret}) for each in range(count))
    await Administration(accounts, actor="bench").import_from(lines, source=Source.OURS)


async def filled(folder: Path, count: int) -> None:
    """Have so many there, beside no server or beside one that runs."""
    accounts = accounts_in(folder)
    await add_people(accounts, count)
    await accounts.close()
