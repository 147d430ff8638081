"""Starts and stops an application as a server does."""

from __future__ import annotations

import asyncio
from typing import Any

from quart_app.testing.asgi import App, Message, cancel

_SCOPE = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}


class Lifespan:
    """One run of an application, from its start to its stop."""

    def __init__(self, app: App, *, timeout: float) -> None:
        self._app = app
        self._timeout = timeout
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.state: dict[str, Any] = {}
        """What the application keeps for its requests."""

    async def start(self) -> None:
        """Raises `RuntimeError`, with the application's reason, if it does not start."""
        self._task = asyncio.create_task(self._run())
        try:
            await self._tell("startup")
        except BaseException:
            await self._end()
            raise

    async def stop(self) -> None:
        """Raises `RuntimeError`, with the application's reason, if it does not stop well."""
        try:
            if self._task is not None and not self._task.done():
                await self._tell("shutdown")
        finally:
            await self._end()

    async def _run(self) -> None:
        try:
            await self._app({**_SCOPE, "state": self.state}, self._to_app.get, self._from_app.put)
        finally:
            self._from_app.put_nowait(None)

    async def _tell(self, what: str) -> None:
        await self._to_app.put({"type": f"lifespan.{what}"})
        try:
            async with asyncio.timeout(self._timeout):
                message = await self._from_app.get()
        except TimeoutError:
            late = f"the application's {what} took over {self._timeout:g} s"
            raise TimeoutError(late) from None
        if message is not None and message["type"] == f"lifespan.{what}.failed":
            raise RuntimeError(f"the application's {what} failed: {message.get('message', '')}")

    async def _end(self) -> None:
        if self._task is not None:
            # What it raised was told before by a message. One that raises and sends none has no
            # lifespan, which is how ASGI has it said.
            await cancel(self._task, patience=self._timeout)
