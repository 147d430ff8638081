"""Uses a store, forks, and uses it in the child, as servers that load the application first do."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.testing.store_contract.samples import a_record
from tests.sessions.stores.programs.obeys import CLOCK

store = FilesystemStore(Path(sys.argv[1]), clock=CLOCK)
record = a_record(CLOCK, "browser")
asyncio.run(store.create(record))
asyncio.run(store.touch(record.key, seen_at=CLOCK()))
if os.fork() == 0:
    found = asyncio.run(store.touch(record.key, seen_at=CLOCK()))
    os._exit(0 if found == record else 1)
_, status = os.wait()
sys.exit(os.waitstatus_to_exitcode(status))
