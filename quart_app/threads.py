"""Threads for what would hold up the event loop, on a machine that may have none left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class NoThread(RuntimeError):
    """None can be started. What was to be done in it is not done later either."""


class Threads(ThreadPoolExecutor):
    """A pool whose `submit`, and so `run_in_executor`, raises `NoThread`."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have it called in one of them."""
        left: list[Callable[[], T]] = [lambda: fn(*args, **kwargs)]
        try:
            return super().submit(lambda: left.pop()())
        except RuntimeError as exc:
            left.clear()  # the pool has it in its queue by now, and would do it one day
            raise NoThread(str(exc)) from exc
