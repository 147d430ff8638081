"""The tasks of one connection, in place of hypercorn's task group."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from hypercorn.config import Config

from quart_app.scope import AT_HAND, PARK

_ENDS = ("http.disconnect", "websocket.disconnect")

log = logging.getLogger(__name__)


class Tasks:
    """Handlers and pings. One that fails ends nothing but itself."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, everywhere: set[asyncio.Task[None]]
    ) -> None:
        self._loop = loop
        self._everywhere = everywhere
        self._running: set[asyncio.Task[None]] = set()
        self._beside: set[asyncio.Task[None]] = set()

    async def spawn_app(
        self,
        app: Callable[..., Awaitable[None]],
        config: Config,
        scope: Any,
        send: Callable[[Any], Awaitable[None]],
    ) -> Callable[[Any], Awaitable[None]]:
        """Call the application in a task. Returns where to put what it is to receive."""
        inbox = Inbox(config.max_app_queue_size)
        self.call(app, scope, inbox, send)
        return inbox.put

    def call(
        self,
        app: Callable[..., Awaitable[None]],
        scope: Any,
        inbox: Inbox,
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Call the application in a task of its own."""
        receive = inbox.get
        scope["extensions"][AT_HAND] = receive, inbox.at_hand
        if scope["type"] == "http" and scope["method"] != "HEAD":
            scope["extensions"][PARK] = {}
        task = self._loop.create_task(_call(app, scope, receive, send))
        self._running.add(task)
        self._everywhere.add(task)
        task.add_done_callback(self._returned)

    def spawn(self, function: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Run hypercorn's task of pings. By itself it would go on until the next ping is due."""
        task = self._loop.create_task(function(*args))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        task.add_done_callback(_say_what_failed)

    async def ended(self) -> None:
        """Wait until the handlers have ended."""
        while self._running:
            await asyncio.wait(self._running)

    def cancel(self) -> None:
        """Cancel them, and what runs beside them."""
        for task in (*self._running, *self._beside):
            task.cancel()

    def cancel_beside(self) -> None:
        """Cancel what runs beside the handlers; those may go on after their connection."""
        for task in tuple(self._beside):
            task.cancel()

    def _returned(self, task: asyncio.Task[None]) -> None:
        self._everywhere.discard(task)
        self._running.discard(task)
        _say_what_failed(task)


class Inbox:
    """What an application is to receive. Its connection waits while there is much of it.

    Not with the end: the application itself may bring that, and need not have taken the rest."""

    def __init__(self, most: int) -> None:
        self.events: deque[Any] = deque()
        self._most = most
        self._arrival: asyncio.Event | None = None
        self._room: asyncio.Event | None = None

    async def put(self, event: Any) -> None:
        while len(self.events) >= self._most and event["type"] not in _ENDS:
            self._room = self._room or asyncio.Event()
            self._room.clear()
            await self._room.wait()
        self.events.append(event)
        self.arrived()

    def arrived(self) -> None:
        """There is something for an application that waits."""
        if self._arrival is not None:
            self._arrival.set()

    async def get(self) -> Any:
        # Nearly everything is here before it is asked for.
        while not self.events:
            self._arrival = self._arrival or asyncio.Event()
            self._arrival.clear()
            await self._arrival.wait()
        return self.at_hand()

    def at_hand(self) -> Any:
        """The next, if it is here."""
        if not self.events:
            return None
        if self._room is not None:
            self._room.set()
        return self.events.popleft()


def _say_what_failed(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        # A peer can bring this about: no traceback for that.
        log.warning("connection failed", extra={"reason": repr(error)})
        log.debug("connection failed", exc_info=error)


async def _call(
    app: Callable[..., Awaitable[None]],
    scope: Any,
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[Any], Awaitable[None]],
) -> None:
    try:
        await app(scope, receive, send)
    except Exception:
        log.exception("application failed")
    finally:
        await send(None)
