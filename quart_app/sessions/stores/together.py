"""Puts calls together that are made at the same time, where one costs nearly what many do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeAlias, TypeVar

from quart_app.errors import StoreUnavailable

T = TypeVar("T")
A = TypeVar("A")


class Asked(Generic[T, A]):
    """One call on its way, and where its answer goes."""

    __slots__ = ("answer", "what")

    def __init__(self, what: T) -> None:
        self.what = what
        self.answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()

    def answered(self, answer: A) -> None:
        """Hand the answer to the caller, unless it was cancelled or has one."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def failed(self, error: BaseException) -> None:
        """Raise the error in the caller, unless it was cancelled or has an answer."""
        if not self.answer.done():
            # Each caller its own: a task that raises an error leaves its traceback in it.
            self.answer.set_exception(_like(error))


CarryOut: TypeAlias = Callable[[list[Asked[T, A]]], Awaitable[None]]


class Together(Generic[T, A]):
    """Calls made in one turn of an event loop are carried out by one task, which answers each of
    them. A caller that is cancelled meanwhile leaves the others their answers."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._waiting: list[Asked[T, A]] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._latest: asyncio.Task[None] | None = None

    async def ask(self, what: T, carry_out: CarryOut[T, A]) -> A:
        """The answer. Raises what `carry_out` raised. All callers give the same one; kept from one
        turn to the next, it would keep alive the object it belongs to."""
        asked = Asked[T, A](what)
        self._waiting.append(asked)
        if len(self._waiting) == 1 or self._is_called_off():
            self._start(carry_out)
        return await asked.answer

    async def ended(self) -> None:
        """Wait until all callers have their answers."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _start(self, carry_out: CarryOut[T, A]) -> None:
        self._latest = task = asyncio.create_task(self._depart(carry_out))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _is_called_off(self) -> bool:
        """Whether the callers wait for a task that was cancelled: at the end of an event loop all
        tasks are, and some ask once more on their way out."""
        return self._latest is not None and self._latest.cancelling() > 0

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if task is not self._latest:
            return
        # Callers that still wait, wait for this task: it was cancelled before it began.
        self._latest = None
        calls, self._waiting = self._waiting, []
        for asked in calls:
            asked.failed(asyncio.CancelledError())

    async def _depart(self, carry_out: CarryOut[T, A]) -> None:
        calls = self._waiting[: self._most]
        del self._waiting[: self._most]
        if self._waiting:
            self._start(carry_out)
        try:
            await carry_out(calls)
        except StoreUnavailable as exc:
            for asked in calls:
                asked.failed(exc)
        except BaseException as exc:
            for asked in calls:
                asked.failed(exc)
            raise


def _like(error: BaseException) -> BaseException:
    if not isinstance(error, StoreUnavailable):
        return error
    another = type(error)(error.reason)
    another.__cause__ = error.__cause__
    return another
