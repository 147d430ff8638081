"""Looks at a session directory as a user without rights, and says what that comes to.

python -m tests.sessions.stores.programs.as_nobody DIRECTORY
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from quart_app.errors import QuartAppError
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.testing.store_contract.samples import key_of

NOBODY = 65534


async def main(root: Path) -> None:
    store = FilesystemStore(root)
    for call in (store.check(), store.load(key_of("none"))):
        try:
            await call
        except QuartAppError as exc:
            sys.stdout.write(f"{type(exc).__name__}: {exc}\n")


if __name__ == "__main__":
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    asyncio.run(main(Path(sys.argv[1])))
