"""What counts as a failure of the store, and what does not."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.guard import FAILURES_THAT_OPEN, Crowded, Guard


async def hang() -> None:
    await asyncio.sleep(60)


async def crowd() -> None:
    raise Crowded("too many at once")


async def test_a_crowd_of_our_own_does_not_pass_for_an_answer_of_a_store_that_hangs() -> None:
    guard = Guard("the store", timeout=timedelta(milliseconds=5))

    for _ in range(FAILURES_THAT_OPEN):
        for call, said in ((hang, "took over"), (crowd, "too many")):
            with pytest.raises(StoreUnavailable, match="keeps failing|" + said):
                await guard.run(call)

    with pytest.raises(StoreUnavailable, match="keeps failing"):
        await guard.run(crowd)
