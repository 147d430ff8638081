"""Another process that uses the same store as fast as it can.

    python -m tests.sessions.stores.programs.works ACTION DIRECTORY|URL NAME COUNT

Says as JSON what the store has acknowledged.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping

from quart_app.sessions.stores.base import Store
from quart_app.testing.store_contract.samples import a_record, key_of
from tests.sessions.stores.programs.obeys import CLOCK, store_at

SHARED = "shared"
FIELDS_EACH = 10


async def patches(store: Store, name: str, count: int) -> dict[str, str]:
    """Counts up in fields of its own on the record of all, and returns the last of each."""
    acknowledged: dict[str, str] = {}
    for number in range(count):
        field = f"{name}-{number % FIELDS_EACH}"
        patched = await store.patch(key_of(SHARED), set={field: b"%d" % number})
        assert patched is not None
        acknowledged[field] = str(number)
        assert (
            patched.fields.items()
            >= {field: value.encode() for field, value in acknowledged.items()}.items()
        )
    return acknowledged


async def creates(store: Store, name: str, count: int) -> list[str]:
    """Signs one owner in, again and again, and returns the keys."""
    records = [a_record(CLOCK, f"{name} {number}", owner="ada") for number in range(count)]
    for record in records:
        await store.create(record)
    return [record.key for record in records]


ACTIONS: Mapping[str, Callable[[Store, str, int], Awaitable[object]]] = {
    "patches": patches,
    "creates": creates,
}


async def main(action: str, where: str, name: str, count: int) -> None:
    store = store_at(where)
    sys.stdout.write(json.dumps(await ACTIONS[action](store, name, count)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
