"""Does one store operation in a new process for each order, paused just before it.

    python -m tests.sessions.stores.programs.one_operation

An order is a line with an operation and a directory. The answers are lines too: `ready` with the
process id, which now waits for SIGUSR1; `done` or the name of what was raised; and `exit`, when
the process is gone.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record

CLOCK = FakeClock()
LIVE = a_record(CLOCK, "laptop", owner="ada", fields={"name": b"Ada", "count": b"0"})
OTHER = a_record(CLOCK, "phone", owner="ada")
EXPIRED = replace(a_record(CLOCK, "old", owner="ada"), seen_at=CLOCK() - 86_400)
MOVED = ForwardingAddress(
    left_at=CLOCK(), successor=OTHER.key, secret=b"sealed", mark="of one caller"
)
MEANWHILE: Mapping[str, bytes] = {"meanwhile": b"patched"}
SEEN_WITHIN_SECONDS = 2.0
LONG_TIMEOUT = timedelta(seconds=20)


def patch(fields: Mapping[str, bytes], store: Store) -> Awaitable[object]:
    return store.patch(LIVE.key, set=fields)


async def create_and_load(store: Store) -> None:
    """Raises if it is never seen that somebody else patched the record while this created it."""
    await store.create(OTHER)
    async with asyncio.timeout(SEEN_WITHIN_SECONDS):
        while found := await store.load(OTHER.key):
            if found.fields.items() >= MEANWHILE.items():
                return
            await asyncio.sleep(0)


OPERATIONS: Mapping[str, Callable[[Store], Awaitable[object]]] = {
    "create": lambda store: store.create(OTHER),
    "load": lambda store: store.load(LIVE.key),
    "touch": lambda store: store.touch(LIVE.key, seen_at=CLOCK() + 60),
    "patch-in-place": partial(patch, {"count": b"1"}),
    "patch-past-a-block": partial(patch, {"basket": b"b" * 5_000}),
    "patch-60-kB": partial(patch, {"basket": b"B" * 60_000}),
    "retire": lambda store: store.retire(LIVE.key, MOVED),
    "delete": lambda store: store.delete(LIVE.key),
    "sweep": lambda store: store.sweep(budget=1_000),
}
MORE_OPERATIONS = {"create-and-load": create_and_load}
PR_SET_PTRACER = 0x59616D61
ANYBODY = ctypes.c_ulong(-1)


def answer(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def operate(operation: str, root: Path) -> None:
    store = FilesystemStore(root, clock=CLOCK, timeout=LONG_TIMEOUT)
    await store.check()
    answer("ready", os.getpid())
    signal.sigwait({signal.SIGUSR1})
    try:
        await {**OPERATIONS, **MORE_OPERATIONS}[operation](store)
    except Exception as exc:  # noqa: BLE001 - which one it is, the test judges
        answer(type(exc).__name__)
    else:
        answer("done")
    await store.close()


def main() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    for order in sys.stdin:
        operation, root = order.split(maxsplit=1)
        # The library is loaded once, here: that takes longer than everything after it.
        if (child := os.fork()) == 0:
            # Some systems let only a parent trace its child, and strace is a stranger here.
            ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)
            asyncio.run(operate(operation, Path(root.strip())))
            os._exit(0)
        os.waitpid(child, 0)
        answer("exit")


if __name__ == "__main__":
    main()
