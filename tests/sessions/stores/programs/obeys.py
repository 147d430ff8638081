"""Another process that uses the same store, one order at a time.

    python -m tests.sessions.stores.programs.obeys DIRECTORY|URL

An order is a line: a name below and its arguments. The answer is the record's fields as JSON, or
`null`, or the name of what was raised.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.filesystem.files import SessionFiles
from quart_app.sessions.stores.record import Record
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record

CLOCK = FakeClock()
# Many processes on a busy machine are no reason to give up here.
PATIENCE = timedelta(seconds=20)


def store_at(where: str) -> Store:
    """A store that never gives up on a busy machine."""
    if where.startswith("redis://"):
        return RedisStore(url=where, clock=CLOCK, timeout=PATIENCE)
    return FilesystemStore(Path(where), clock=CLOCK, timeout=PATIENCE)


async def create(store: Store, name: str) -> Record | None:
    await store.create(record := a_record(CLOCK, name, fields={}, owner="ada"))
    return record


async def patch(store: Store, key: str, name: str, value: str) -> Record | None:
    return await store.patch(key, set={name: value.encode()})


async def touch(store: Store, key: str, seconds: str) -> Record | None:
    return await store.touch(key, seen_at=CLOCK() + float(seconds))


async def patch_until_gone(store: Store, key: str) -> Record | None:
    """As a slow request does: load, and write later. The last record that was answered."""
    last = await store.load(key)
    patches = 0
    while (patched := await store.patch(key, set={f"f{patches}": b""})) is not None:
        last = patched
        patches += 1
    return last


async def stall(store: Store, key: str, seconds: str) -> Record | None:
    """A touch that takes until the next line comes."""

    def wait_for_a_line(record: Record) -> Record:
        answer("stalled")
        sys.stdin.readline()
        return record.seen(CLOCK() + float(seconds))

    assert isinstance(store, FilesystemStore)
    files = SessionFiles(store.root, file_mode=0o600)
    changed = files.change(key, wait_for_a_line)
    record = changed and changed[0]
    return record if isinstance(record, Record) else None


ORDERS: Mapping[str, Callable[..., Awaitable[Record | None]]] = {
    "create": create,
    "load": lambda store, key: store.load(key),
    "patch": patch,
    "patch-until-gone": patch_until_gone,
    "touch": touch,
    "delete": lambda store, key: store.delete(key),
    "stall": stall,
}


def answer(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def main(where: str) -> None:
    store = store_at(where)
    while order := sys.stdin.readline().split():
        name, *arguments = order
        try:
            record = await ORDERS[name](store, *arguments)
        except StoreUnavailable:
            answer("StoreUnavailable")
        else:
            fields = record and {name: value.decode() for name, value in record.fields.items()}
            answer(json.dumps(fields))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
