"""A folder in which the program runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import chdir
from tempfile import mkdtemp


async def run(example: Callable[[], Awaitable[None]]) -> None:
    """It keeps its data there."""
    with chdir(mkdtemp()):
        await example()
