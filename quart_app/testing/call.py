"""An application at work on one scope while the test goes on. Nothing here waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from werkzeug.datastructures import Headers

from quart_app.testing.asgi import App, Exchange, Message, cancel, decoded


class Call:
    """One call of the application, from `begin` on, in a task of its own."""

    def __init__(
        self,
        app: App,
        scope: dict[str, Any],
        *,
        url: str,
        timeout: float,
        on_answer: Callable[[Headers], None],
    ) -> None:
        self.url = url
        self._app, self._scope = app, scope
        self._timeout = timeout
        self._on_answer = on_answer
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.has_failed = False
        """Whether what the application raised has been raised here."""

    async def begin(self, first: Message, opening: Callable[[], Awaitable[None]]) -> None:
        """Call it, have it receive this, and wait for the opening. If that raises, nothing of the
        call is left."""
        self._task = asyncio.create_task(self._run())
        self.tell(first)
        try:
            await opening()
        except BaseException:
            await self._cancel()
            raise

    async def opened_by(
        self, is_open: Callable[[Message], bool], complaint: str
    ) -> Message | Exchange:
        """The message of which that is so, or the answer that came in its place, whole unless the
        application ended before."""
        answer = Exchange(b"")
        while (message := await self.next(complaint, None)) is not None:
            if is_open(message):
                self._on_answer(decoded(message.get("headers", ())))
                return message
            await answer.send(message)
            if answer.is_over:
                self._on_answer(answer.response(self.url).headers)
                break
        return answer

    async def end(
        self, leave: Callable[[], Awaitable[None]], *, after: BaseException | None
    ) -> None:
        """Have the browser leave. Unless that is after an error, raises what the application raised
        and not yet here, and `TimeoutError` if it goes on."""
        try:
            await leave()
            if after is None:
                await self._wait_for_end()
        finally:
            await self._cancel()

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
            raise TimeoutError(f"{self.url}: {complaint} within {seconds:g} s") from None
        if message is None:
            await self._wait_for_end()
        return message

    async def settle(self, *, seconds: float) -> None:
        """Give it so long to end, and do not mind if it has not."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=seconds)

    async def _wait_for_end(self) -> None:
        if self._task is None:
            return
        await self.settle(seconds=self._timeout)
        if not self._task.done():
            late = f"the application did not end within {self._timeout:g} s of the close"
            raise TimeoutError(f"{self.url}: {late}")
        failure = None if self._task.cancelled() else self._task.exception()
        if failure is not None and not self.has_failed:
            self.has_failed = True
            raise failure

    async def _cancel(self) -> None:
        if self._task is not None:
            await cancel(self._task, patience=self._timeout)

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._to_app.get, self._from_app.put)
        finally:
            self._from_app.put_nowait(None)
