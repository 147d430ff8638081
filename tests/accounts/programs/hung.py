"""Asks a PostgreSQL that it has paused itself, and ends: ADDRESS, and the server's process."""

from __future__ import annotations

import asyncio
import signal
import sys

from sqlalchemy import text

from quart_app.accounts.storage.database import Database
from quart_app.errors import AccountsUnavailable
from tests.accounts.databases import SHIPPED, database_at
from tests.kit.postgresql import signal_all


async def ask(database: Database) -> None:
    await database.read(lambda connection: connection.execute(text("SELECT 1")).scalar())


async def main(url: str, server: int) -> None:
    database = database_at(url, timeout=SHIPPED)
    await database.open()
    await ask(database)
    signal_all(server, signal.SIGSTOP)
    try:
        await ask(database)
    except AccountsUnavailable:
        sys.stdout.write("AccountsUnavailable\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
