"""How connections that are in use end when their server stops."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from quart_app.server.connections.connection import Connection
from quart_app.server.connections.places import Places
from quart_app.server.connections.states import State

CLEANUP_SECONDS = 0.4  # for handlers whose client is gone

log = logging.getLogger(__name__)


class Draining:
    """Of one server, once."""

    def __init__(self, places: Places, handlers: set[asyncio.Task[None]]) -> None:
        self._places = places
        self._handlers = handlers

    async def run(self, *, timeout: timedelta) -> None:
        """Let requests end for this long, and end them then."""
        for connection in self._in_use():
            connection.attend()
            connection.leave_if_idle()
        goodbyes = asyncio.gather(
            *(each.say_goodbye() for each in self._in_use()), return_exceptions=True
        )
        await self._wait(timeout.total_seconds())
        # It may wait for a peer that does not read.
        goodbyes.cancel()
        await self._cut()

    async def _cut(self) -> None:
        """End the connections that are left.

        Aborted, not closed: closing waits until the peer has read everything. To the application
        it is as if the client had left, which it knows how to clean up after. Cancelling comes
        last: Quart's handler does not hear of it and would go on while the application shuts down.
        """
        left = self._in_use()
        if left:
            log.warning("connections did not end in time", extra={"connections": len(left)})
        telling = [asyncio.create_task(each.tell_gone()) for each in left]
        await self._wait(CLEANUP_SECONDS)
        for connection in self._in_use():
            connection.cancel()
        for task in (*self._tasks(), *self._handlers, *telling):
            task.cancel()
        await self._wait(CLEANUP_SECONDS)

    async def _wait(self, seconds: float) -> None:
        if under_way := {*self._tasks(), *self._handlers}:
            await asyncio.wait(under_way, timeout=seconds)

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [each.task for each in self._in_use() if each.task is not None]

    def _in_use(self) -> list[Connection]:
        held = [held for state in State for _, held in self._places.all(state)]
        return [each for each in held if isinstance(each, Connection)]
