"""Stands before an application until its first start, or its first request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from quart_app.errors import ConfigurationError
from quart_app.scope import App, Receive, Scope, Send

log = logging.getLogger(__name__)


class Beginning:
    """Has the rest done that has to wait for the application to be whole, and that takes a while:
    reading files, in a thread."""

    def __init__(self, complete: Callable[[], App]) -> None:
        """`complete` returns what is asked from then on."""
        self._complete = complete
        self._app: App | None = None
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            try:
                # To its end, although who asked may leave: a second one would do all of it twice.
                await asyncio.shield(self._begin())
            except ConfigurationError as exc:
                if scope["type"] != "lifespan":
                    raise
                # Some servers take anything but these words for "knows nothing of starting", and
                # serve.
                log.error("%s", exc)
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(exc)})
                return
        await cast(App, self._app)(scope, receive, send)

    async def _begin(self) -> None:
        async with self._one_at_a_time:
            if self._app is None:
                self._app = await asyncio.to_thread(self._complete)
