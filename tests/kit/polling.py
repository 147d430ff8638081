"""Waits for what other processes and tasks bring about by themselves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

PATIENCE_SECONDS = 20.0
_STEP_SECONDS = 0.005


def until(condition: Callable[[], object], *, within: float = PATIENCE_SECONDS) -> None:
    """Fails if it does not come true in time."""
    give_up = time.monotonic() + within
    while not condition():
        if time.monotonic() > give_up:
            pytest.fail("it did not come true in time")
        time.sleep(_STEP_SECONDS)


async def eventually(condition: Callable[[], object], *, within: float = PATIENCE_SECONDS) -> None:
    """The same, while the event loop goes on."""
    async with asyncio.timeout(within):
        while True:
            if condition():
                return
            await asyncio.sleep(_STEP_SECONDS)
