"""A database with Ada in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import mkdtemp

import quart_app.accounts
from quart_app.settings import AccountsSettings

settings = AccountsSettings()
folder = Path(mkdtemp())
key = b"a key of this program's own"
workers = 1
password = "correct horse battery staple"  # noqa: S105 - an example's
cookie = ""


async def run(example: Callable[[], Awaitable[None]]) -> None:
    """With her password Ada can sign in."""
    there = quart_app.accounts.Accounts.from_settings(settings, folder=folder, keys=[key])
    await there.open()
    await quart_app.accounts.Administration(there, actor="Ada").add("Ada", password=password)
    await there.close()
    await example()
