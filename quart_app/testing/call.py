"""An application at work on one scope while the test goes on. Nothing here waits for ever."""

from __future__ import annotations

import asyncio
from typing import Any

from quart_app.testing.asgi import App, Message, cancel


class Call:
    """One call of the application, from `start` on, in a task of its own."""

    def __init__(self, app: App, scope: dict[str, Any], *, url: str, timeout: float) -> None:
        self._app, self._scope, self._url = app, scope, url
        self._timeout = timeout
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.has_failed = False
        """Whether what the application raised has been raised here."""

    def start(self) -> None:
        """Call it."""
        self._task = asyncio.create_task(self._run())

    def tell(self, message: Message) -> None:
        """Have the application receive this."""
        self._to_app.put_nowait(message)

    async def next(self, complaint: str, timeout: float | None) -> Message | None:
        """What the application sends next; `None` if it has ended. Raises what it raised, once, and
        `TimeoutError` with the complaint."""
        seconds = self._timeout if timeout is None else timeout
        try:
            async with asyncio.timeout(seconds):
                message = await self._from_app.get()
        except TimeoutError:
            raise TimeoutError(f"{self._url}: {complaint} within {seconds:g} s") from None
        if message is None:
            await self.wait_for_end()
        return message

    async def settle(self, *, seconds: float) -> None:
        """Give it so long to end, and do not mind if it has not."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=seconds)

    async def wait_for_end(self) -> None:
        """Raises what the application raised, once, and `TimeoutError` if it goes on."""
        if self._task is None:
            return
        await self.settle(seconds=self._timeout)
        if not self._task.done():
            late = f"the application did not end within {self._timeout:g} s of the close"
            raise TimeoutError(f"{self._url}: {late}")
        failure = None if self._task.cancelled() else self._task.exception()
        if failure is not None and not self.has_failed:
            self.has_failed = True
            raise failure

    async def cancel(self) -> None:
        """End it, whatever it still does."""
        if self._task is not None:
            await cancel(self._task, patience=self._timeout)

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._to_app.get, self._from_app.put)
        finally:
            self._from_app.put_nowait(None)
