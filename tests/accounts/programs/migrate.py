"""Opens the accounts' database at ADDRESS, as each worker does at its start, and says "ready".
Folders after it hold more versions than those that are shipped."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from quart_app.accounts.storage import migrating
from tests.accounts.databases import database_at


async def main(url: str, *folders: str) -> None:
    database = database_at(url, versions=(*migrating.VERSIONS, *map(Path, folders)))
    await database.open()
    await database.close()
    sys.stdout.write("ready\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
