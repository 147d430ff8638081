"""Waits for what other processes and tasks bring about by themselves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TypeVar

import pytest

PATIENCE_SECONDS = 60.0
_STEP_SECONDS = 0.005

T = TypeVar("T")


def until(condition: Callable[[], object], *, within: float = PATIENCE_SECONDS) -> None:
    """Fails if it does not come true in time."""
    give_up = time.monotonic() + within
    while not condition():
        if time.monotonic() > give_up:
            pytest.fail("it did not come true in time")
        time.sleep(_STEP_SECONDS)


async def eventually(condition: Callable[[], object], *, within: float = PATIENCE_SECONDS) -> None:
    """The same, while the event loop goes on; a condition may be one to wait for itself."""
    async with asyncio.timeout(within):
        while True:
            met = condition()
            if await met if isawaitable(met) else met:
                return
            await asyncio.sleep(_STEP_SECONDS)


async def once_it_works(
    call: Callable[[], Awaitable[T]], *, but: type[Exception], within: float = PATIENCE_SECONDS
) -> T:
    """What the call returns, made again and again while it raises this."""
    async with asyncio.timeout(within):
        while True:
            try:
                return await call()
            except but:
                await asyncio.sleep(_STEP_SECONDS)
