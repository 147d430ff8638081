"""Goes round the open streams, a slice at a time: a sign of life to each, and a look at each
session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from quart_app.live.events import HEARTBEAT
from quart_app.live.hub import Hub
from quart_app.live.registry import SLICES, write_to

# A server that stops does not wait for long.
LONGEST_PAUSE_SECONDS = 1.0


class Heartbeat:
    """Beats while anything is open. One task for all streams, and none for none. A stream has no
    longest age: it ends with its session, its page or its server."""

    def __init__(self, hub: Hub, *, interval: timedelta, is_draining: Callable[[], bool]) -> None:
        self._hub = hub
        self._pause = interval.total_seconds() / SLICES
        self._is_draining = is_draining
        self._task: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        self._unchecked: dict[str, None] = {}

    def start(self) -> None:
        """Begin to beat, unless it beats already."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """No beat comes after this."""
        for task in filter(None, (self._task, self._checking)):
            task.cancel()
            await asyncio.wait([task])

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        place, due = 0, loop.time() + self._pause
        while self._hub.pages or self._hub.websockets:
            await asyncio.sleep(min(due - loop.time(), LONGEST_PAUSE_SECONDS))
            if self._is_draining():
                for stream in self._hub.pages:
                    stream.draining()
            if loop.time() < due:
                continue
            due = loop.time() + self._pause
            await self._visit(place)
            place = (place + 1) % SLICES

    async def _visit(self, place: int) -> None:
        pages, websockets = self._hub.pages, self._hub.websockets
        keys = pages.sessions_in(place)
        await write_to((stream for key in keys for stream in pages.of_session(key)), HEARTBEAT)
        self._unchecked |= dict.fromkeys((*keys, *websockets.sessions_in(place)))
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check())
        # No longer: a store that hangs must not silence the heart.
        await asyncio.wait([self._checking], timeout=min(self._pause, LONGEST_PAUSE_SECONDS))

    async def _check(self) -> None:
        while self._unchecked:
            keys, self._unchecked = self._unchecked, {}
            await self._hub.check(keys)
