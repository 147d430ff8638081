"""Sweeps a directory round after round, as soon as files may go, until it is killed.

python -m tests.sessions.stores.programs.sweeps DIRECTORY BUDGET
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.filesystem.files import KEPT_FOR
from tests.sessions.stores.programs.obeys import PATIENCE


async def main(root: Path, budget: int) -> None:
    # What has expired by the real clock has been kept long enough by this one.
    store = FilesystemStore(
        root, clock=lambda: time.time() + KEPT_FOR.total_seconds(), timeout=PATIENCE
    )
    await store.check()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        await store.sweep(budget=budget)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
