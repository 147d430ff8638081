"""Moves requests one step at a time, so that a test and not the event loop decides their order.

A request runs until it is parked at a pausing point: the handler's gate, or either side of a call
to the store. There it stays until it is told to go on. Nothing here knows of sessions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

GATE = "gate"
# Far longer than any step takes: when it is up, a request waits for another one that is parked.
STUCK_AFTER_SECONDS = 10.0
# A cancellation runs through nested tasks and gathers in a handful of turns of the loop.
TURNS_TO_CANCEL = 20

T = TypeVar("T")


class AnswerLost(Exception):
    """The store has done what it was asked to do, and its answer does not arrive."""


_moving: ContextVar[Steps | None] = ContextVar("steps of the request that runs here", default=None)


@dataclass(eq=False)
class _Place:
    """Where one task of a request stands still."""

    point: str
    task: asyncio.Task[Any]
    go: asyncio.Future[None]


@dataclass(eq=False)
class Steps:
    """One request as the schedule sees it: the places where it stands, and those it passed."""

    gone: asyncio.Event = field(default_factory=asyncio.Event)
    passed: list[str] = field(default_factory=list)
    _places: list[_Place] = field(default_factory=list)
    _tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _stands_still: bool = True

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Start the work in a task of its own, whose children know to which request they belong."""
        outside = _moving.set(self)
        try:
            self._know(asyncio.create_task(work))
        finally:
            _moving.reset(outside)

    @property
    def point(self) -> str | None:
        """The name of the point where the request stands, `None` when nothing of it is left."""
        return self._places[0].point if self._places else None

    @property
    def done(self) -> bool:
        """Whether everything that the request started has come to its end."""
        return all(task.done() for task in self._tasks)

    async def park(self, point: str, task: asyncio.Task[Any] | None = None) -> None:
        """Stand still here until told to go on."""
        if not self._stands_still:
            return
        task = task or asyncio.current_task()
        assert task is not None
        place = _Place(point, task, asyncio.get_running_loop().create_future())
        self.passed.append(point)
        self._know(task)
        self._places.append(place)
        self._changed.set()
        try:
            await place.go
        finally:
            self._places.remove(place)

    async def advance(self, *, answer_lost: bool = False) -> None:
        """Go on from the oldest place to the next one, or to the end."""
        before = len(self.passed)
        moved = self._tasks[0]
        if self._places:
            moved = self._places[0].task
            if answer_lost:
                self._places[0].go.set_exception(AnswerLost())
            else:
                self._places[0].go.set_result(None)
        await asyncio.sleep(0)
        await self._until(
            lambda: self.done or len(self.passed) > before or (moved.done() and bool(self._places))
        )

    async def hang_up(self) -> None:
        """The client goes away. What survives the cancellation stays where it is parked."""
        self.gone.set()
        for _ in range(TURNS_TO_CANCEL):
            await asyncio.sleep(0)
        await self._until(lambda: self.done or bool(self._places))

    async def run_out(self) -> None:
        """The end of the test: nothing stands still any more."""
        self._stands_still = False
        for place in self._places:
            if not place.go.done():
                place.go.set_result(None)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _until(self, settled: Callable[[], bool]) -> None:
        async with asyncio.timeout(STUCK_AFTER_SECONDS):
            while not settled():
                self._changed.clear()
                await self._changed.wait()

    def _know(self, task: asyncio.Task[Any]) -> None:
        if task not in self._tasks:
            self._tasks.append(task)
            task.add_done_callback(lambda _: self._changed.set())

    def park_thread(self, point: str, loop: asyncio.AbstractEventLoop) -> None:
        """Stand still in a worker thread that the request's own task waits for."""
        parked = asyncio.run_coroutine_threadsafe(self.park(point, self._tasks[0]), loop)
        parked.result()


def is_answer(point: str | None) -> bool:
    """Whether a request stands where the store has done what it was asked."""
    return point is not None and point.startswith("after ")


async def pause(point: str) -> None:
    """A pausing point in a coroutine; none outside of a scheduled request."""
    if (steps := _moving.get()) is not None:
        await steps.park(point)


def pause_thread(point: str, loop: asyncio.AbstractEventLoop) -> None:
    """A pausing point in a worker thread; none outside of a scheduled request."""
    if (steps := _moving.get()) is not None:
        steps.park_thread(point, loop)


class Loop:
    """An event loop that only turns while a step is taken."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        # Each WSGI request in flight holds a thread; the default pool is smaller than a test.
        self._runner.get_loop().set_default_executor(ThreadPoolExecutor(max_workers=32))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Turn the loop until this is done."""
        return self._runner.get_loop().run_until_complete(work)

    def close(self) -> None:
        """Cancel what is left and close the loop."""
        self._runner.close()
