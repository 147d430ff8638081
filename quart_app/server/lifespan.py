"""Tells the application that serving begins and ends, and waits for its answer."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveEvent,
    ASGISendEvent,
    LifespanScope,
    LifespanShutdownEvent,
    LifespanStartupEvent,
)

log = logging.getLogger(__name__)


class Refused(Exception):
    """The application says that it cannot start, or that it could not end well."""


class Lifespan:
    """The application's own long-running call; `state` goes with every request.

    Hypercorn's would do but for two things: it wraps the reason of a refusal in words of its own,
    and it gives an application a minute to end.
    """

    def __init__(self, app: ASGIFramework) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._events: asyncio.Queue[ASGIReceiveEvent] = asyncio.Queue()
        self._answer: asyncio.Future[None]
        self._task: asyncio.Task[None]

    async def startup(self) -> None:
        """Tell the application that serving begins. Raises `Refused` with its reason."""
        self._task = asyncio.create_task(self._call())
        await self._tell(LifespanStartupEvent(type="lifespan.startup"))

    async def shutdown(self) -> None:
        """Tell the application that serving ends. Raises `Refused` with its reason."""
        await self._tell(LifespanShutdownEvent(type="lifespan.shutdown"))

    def cancel(self) -> None:
        """Wait no longer."""
        self._task.cancel()

    async def _tell(self, event: ASGIReceiveEvent) -> None:
        self._answer = asyncio.get_running_loop().create_future()
        await self._events.put(event)
        # An application without lifespan ends its call, with an exception or without.
        await asyncio.wait({self._answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if self._answer.done():
            self._answer.result()

    async def _call(self) -> None:
        scope: LifespanScope = {
            "type": "lifespan",
            "asgi": {"spec_version": "2.0", "version": "3.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._events.get, self._answered)
        except Exception:
            # By the ASGI specification, that is how an application says that it knows none.
            log.debug("application without lifespan", exc_info=True)

    async def _answered(self, event: ASGISendEvent) -> None:
        if self._answer.done():
            return
        if event["type"] in ("lifespan.startup.failed", "lifespan.shutdown.failed"):
            self._answer.set_exception(Refused(str(event.get("message", ""))))
        elif event["type"] in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
            self._answer.set_result(None)
