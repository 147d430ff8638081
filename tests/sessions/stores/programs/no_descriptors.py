"""Uses up every descriptor that the process may have, then works with sessions.

python -m tests.sessions.stores.programs.no_descriptors DIRECTORY checked|cached|robbed
"""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import sys
import threading
from pathlib import Path

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import key_of

MOST_DESCRIPTORS = 64


def use_up_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_DESCRIPTORS, MOST_DESCRIPTORS))
    try:
        while True:
            os.open("/dev/null", os.O_RDONLY)
    except OSError as exc:
        if exc.errno != errno.EMFILE:
            raise


async def rob(store: Store) -> None:
    """Has another thread snatch the store's reserve while that is lent, as a server does which
    accepts a connection at that moment; gives it back later."""
    loot: list[int] = []

    def snatch() -> None:
        while not loot:
            try:
                loot.append(os.open("/dev/null", os.O_RDONLY))
            except OSError:
                continue

    thief = threading.Thread(target=snatch)
    thief.start()
    try:
        while True:
            await store.load(key_of("nobody's"))
    except StoreUnavailable:
        thief.join()
    os.close(loot[0])


async def main(root: Path, prepared: str) -> None:
    store = FilesystemStore(root, clock=FakeClock())
    await store.check()
    if prepared == "cached":
        await store.load(key_of("laptop"))
    use_up_descriptors()
    if prepared == "robbed":
        await rob(store)
        await store.load(key_of("nobody's"))
        use_up_descriptors()

    # Many at once, for a single descriptor in reserve.
    big = await asyncio.gather(*(store.load(key_of("big")) for _ in range(500)))
    done = [
        ("big", None not in big),
        ("loaded", await store.load(key_of("laptop"))),
        ("patched", await store.patch(key_of("laptop"), set={"a": b"1"})),
        ("deleted", await store.delete(key_of("laptop"))),
        ("listed", len(await store.owned_by("ada")) == 2),
        ("ended", len(await store.delete_owned_by("ada")) == 2),
        ("swept", (await store.sweep(budget=100)).finished),
    ]
    sys.stdout.write(" ".join(name for name, right in done if right))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
