"""Runs what is slow about passwords, no more at once than there are processors for it."""

from __future__ import annotations

import asyncio
import math
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TypeVar

from quart_app.errors import TooBusy

T = TypeVar("T")

# So many may be on their way for each thread: a hash takes some 30 ms, and none is to wait long.
PLACES_A_THREAD = 32
# The last fourth of them is for browsers that have signed in before.
KEPT_FOR_KNOWN = 0.25
DEADLINE = timedelta(seconds=2)
# How much nicer than pages a hash is: it runs in what they leave of its processor, and they do not
# wait milliseconds for it. Where a program uses up that processor, it would hardly ever run, and
# where it stops with the interpreter's lock, all pages would wait for that. So a hash that was
# starved has those after it insist on a tenth, for a while.
NICEST, NICER = 19, 10
STARVED_SECONDS = 0.25  # that it had to wait
NICER_FOR_SECONDS = 60.0
_SOONEST_RETRY_SECONDS, _LATEST_RETRY_SECONDS = 2, 12


def threads_of_each(workers: int) -> int:
    """As many as there are processors, shared out among the workers of this machine."""
    return max(1, len(os.sched_getaffinity(0)) // max(1, workers))


class Hashing:
    """A pool with few places before it. A known browser goes before all strangers, and may have a
    place that is kept for such, so that a flood of strangers keeps none of them out; and no thread
    stands idle meanwhile. For one event loop."""

    def __init__(
        self,
        *,
        threads: int,
        deadline: timedelta = DEADLINE,
        places_a_thread: int = PLACES_A_THREAD,
    ) -> None:
        self._threads = threads
        self._deadline_seconds = deadline.total_seconds()
        self._places = threads * places_a_thread
        self._places_for_strangers = self._places - int(self._places * KEPT_FOR_KNOWN)
        self._taken = 0
        self._kept_taken_by = set[str]()
        self._running = 0
        self._known = deque[asyncio.Future[None]]()
        self._strangers = deque[asyncio.Future[None]]()
        self._starved_at = -math.inf
        self._pools: dict[int, ThreadPoolExecutor] = {}
        self._pid = os.getpid()
        self.hashed = 0
        """How often it has run something."""

    @contextmanager
    def place(self, *, known_to: str | None) -> Iterator[None]:
        """One for a caller who will have something run, from a browser that is known to this
        account. It is taken before the database is asked anything, so that a flood does not queue
        there either. Raises `TooBusy` if all are taken."""
        kept_for = known_to if self._taken >= self._places_for_strangers else None
        if self._taken >= (self._places if kept_for else self._places_for_strangers):
            raise self._too_busy()
        if kept_for:
            # One to an account: who sends a flood may have one, too.
            if kept_for in self._kept_taken_by:
                raise self._too_busy()
            self._kept_taken_by.add(kept_for)
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
            if kept_for:
                self._kept_taken_by.remove(kept_for)

    async def run(self, work: Callable[[], T], *, known: bool) -> T:
        """What the work returns, for a caller who has a place. Raises `TooBusy` if no thread
        becomes free in time: then the work is not begun."""
        await self._thread_is_free(known=known)
        # The thread is taken until the work ends, even if the caller is gone by then.
        loop = asyncio.get_running_loop()
        try:
            future = loop.run_in_executor(self._executor(), self._watched(work))
        except RuntimeError as exc:  # no thread can be started
            # The pool has this work in its queue by now, and is let go of, or they would pile up
            # there. A thread that it has already may still do this one. (`Threads`, which see to
            # that, make each hash take longer.)
            await self.close()
            self._next()
            raise self._too_busy() from exc
        self.hashed += 1
        future.add_done_callback(self._gave_back)
        return await asyncio.shield(future)

    async def close(self) -> None:
        """Let go of the threads; idempotent."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.shutdown(wait=False)

    async def _thread_is_free(self, *, known: bool) -> None:
        if self._running < self._threads:
            self._running += 1
            return
        turn = asyncio.get_running_loop().create_future()
        queue = self._known if known else self._strangers
        queue.append(turn)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await turn
        except BaseException as exc:
            if turn.done() and not turn.cancelled():
                self._next()  # it came at the very moment that the caller went
            elif turn in queue:
                queue.remove(turn)
            if isinstance(exc, TimeoutError):
                raise self._too_busy() from exc
            raise

    def _watched(self, work: Callable[[], T]) -> Callable[[], T]:
        """The work, which notes whether its thread had to wait for a processor."""
        began = time.monotonic()

        def watched() -> T:
            ran = time.thread_time()
            try:
                return work()
            finally:
                now = time.monotonic()
                if now - began - (time.thread_time() - ran) > STARVED_SECONDS:
                    self._starved_at = now

        return watched

    def _gave_back(self, future: asyncio.Future[T]) -> None:
        if not future.cancelled():
            future.exception()  # looked at here, should its caller be gone
        self._next()

    def _next(self) -> None:
        """Pass a thread on to the next that waits, or have it rest."""
        for queue in (self._known, self._strangers):
            while queue:
                if not (turn := queue.popleft()).done():
                    turn.set_result(None)
                    return
        self._running -= 1

    def _too_busy(self) -> TooBusy:
        # All of them told to come back at once would all come back at once.
        later = secrets.randbelow(_LATEST_RETRY_SECONDS - _SOONEST_RETRY_SECONDS + 1)
        return TooBusy(retry_after_seconds=_SOONEST_RETRY_SECONDS + later)

    def _executor(self) -> ThreadPoolExecutor:
        if self._pid != os.getpid():
            self._pid, self._pools = os.getpid(), {}
        nicer = NICER if time.monotonic() - self._starved_at < NICER_FOR_SECONDS else NICEST
        # Two, since a thread that became nicer may not go back.
        if (pool := self._pools.get(nicer)) is None:
            pool = self._pools[nicer] = ThreadPoolExecutor(
                self._threads,
                thread_name_prefix="hashing",
                initializer=_give_way,
                initargs=(nicer,),
            )
        return pool


def _give_way(nicer: int) -> None:
    """Have this thread stand back where others want its processor. On Linux each has a niceness
    of its own."""
    thread = threading.get_native_id()
    with suppress(OSError):  # where a sandbox forbids it, hashes go on as they are
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + nicer)
