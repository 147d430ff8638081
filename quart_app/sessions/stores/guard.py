"""Keeps a store in trouble from holding up requests: a deadline, a bound, a circuit breaker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from quart_app.errors import StoreUnavailable
from quart_app.signals import store_called, store_found, store_lost

T = TypeVar("T")

FAILURES_THAT_OPEN = 5
PROBE_AFTER = timedelta(seconds=1)
MOST_WAITING = 4_000
STEPS = 5


class Crowded(StoreUnavailable):
    """Too many calls of our own at once. It says nothing of whether the store is there."""


class Guard:
    """Every call to the outside goes through `run`. After some failures in a row the store is not
    asked at all but by one probe a second, so that an outage costs microseconds a request."""

    def __init__(
        self, name: str, *, timeout: timedelta, unreachable: tuple[type[Exception], ...] = ()
    ) -> None:
        self._name = name
        self._step_seconds = timeout.total_seconds() / STEPS
        self._unreachable = unreachable
        self._waiting = 0
        self._failures = 0
        self._next_probe = 0.0

    async def run(self, call: Callable[[], Awaitable[T]]) -> T:
        """What the call returns. Raises `StoreUnavailable` if it is late, fails, or is not made."""
        self._admit(began := time.monotonic())
        self._waiting += 1
        failed = False
        try:
            async with asyncio.timeout(None) as limit:
                timer = _PatientTimer(limit, self._step_seconds)
                try:
                    result = await call()
                finally:
                    timer.stop()
        except TimeoutError as exc:
            failed = self._fails()
            seconds = self._step_seconds * STEPS
            raise StoreUnavailable(f"{self._name} took over {seconds:g} s") from exc
        except self._unreachable as exc:
            failed = self._fails()
            raise StoreUnavailable(f"{self._name} cannot be reached: {exc}") from exc
        except Crowded:
            raise
        except Exception:
            self._answered()  # it said no, so it is there
            raise
        finally:
            self._waiting -= 1
            if store_called.receivers:
                seconds = time.monotonic() - began
                store_called.send(self._name, seconds=seconds, failed=failed)
        if self._failures:
            self._answered()
        return result

    def _fails(self) -> bool:
        self._failures += 1
        if self._failures == FAILURES_THAT_OPEN:
            store_lost.send(self._name)
        return True

    def _answered(self) -> None:
        if self._failures >= FAILURES_THAT_OPEN:
            store_found.send(self._name)
        self._failures = 0

    def _admit(self, now: float) -> None:
        """Raise `StoreUnavailable` while the store is known to fail, or too many wait for it."""
        if self._failures >= FAILURES_THAT_OPEN:
            if now < self._next_probe:
                raise StoreUnavailable(f"{self._name} keeps failing; it is asked again soon")
            self._next_probe = now + PROBE_AFTER.total_seconds()
        if self._waiting >= MOST_WAITING:
            raise StoreUnavailable(f"{self._name} has {self._waiting} calls waiting already")


class _PatientTimer:
    """Lets a timeout strike after some steps, each of which the event loop has to take. A machine
    that is overloaded is late with them, and with reading answers too: that is no store's fault,
    and a page that comes late is better than none."""

    __slots__ = ("_handle", "_left", "_limit", "_loop", "_step_seconds")

    def __init__(self, limit: asyncio.Timeout, step_seconds: float) -> None:
        self._limit = limit
        self._step_seconds = step_seconds
        self._left = STEPS
        self._loop = asyncio.get_running_loop()
        self._handle = self._loop.call_later(step_seconds, self._step)

    def stop(self) -> None:
        self._handle.cancel()

    def _step(self) -> None:
        self._left -= 1
        if self._left:
            self._handle = self._loop.call_later(self._step_seconds, self._step)
        else:
            self._limit.reschedule(self._loop.time())
