"""Sweeps a directory round after round, by the real clock, until it is killed.

python -m tests.sessions.stores.programs.sweeps DIRECTORY BUDGET
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from quart_app.sessions.stores.filesystem import FilesystemStore
from tests.sessions.stores.programs.obeys import PATIENCE


async def main(root: Path, budget: int) -> None:
    store = FilesystemStore(root, timeout=PATIENCE)
    await store.check()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        await store.sweep(budget=budget)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
