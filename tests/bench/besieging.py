"""Clients of a storm, in processes of their own: those who sign in, those who guess, and those who
read a page meanwhile. Each has a connection that it keeps, from an address of its own."""

from __future__ import annotations

import asyncio
import math
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from itertools import cycle
from typing import Any, ParamSpec, Self, TypeVar

from tests.bench.load import Answer, Asked, read_answer

P = ParamSpec("P")
T = TypeVar("T")

# More than a server that takes no more than it can do ever has before it, so that none waits here.
BESIEGERS = 300
READERS, PAGES_A_SECOND = 10, 100
PATIENCE_SECONDS = 30.0
UNSENT, LOST, WITHOUT_A_TIME = "unsent", "lost", "without Retry-After"
_REFUSALS = (429, 503)

Outcome = int | str
"""A status, or what went wrong."""


class Browser:
    """One client."""

    def __init__(self, *, source: str = "127.0.0.1") -> None:
        self._source = source
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, asked: Asked) -> Answer:
        """Whatever is said. Raises `OSError`, `EOFError`, `TimeoutError`."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            kept = self._streams is not None
            try:
                return await self._ask(asked)
            except (OSError, EOFError):
                if not kept:
                    raise
            return await self._ask(asked)  # the server may end a connection that rests

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, asked: Asked) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                "127.0.0.1", asked.port, local_addr=(self._source, 0)
            )
        reader, writer = self._streams
        try:
            writer.write(asked.data)
            answer = await read_answer(reader)
        except BaseException:
            self.close()
            raise
        if answer.headers.get("connection") == "close":
            self.close()
        return answer


class Processes:
    """Where clients run, so that none is late because of another."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    @classmethod
    @contextmanager
    def running(cls, count: int) -> Iterator[Self]:
        """So many, on the core of whoever starts them."""
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(count, mp_context=fresh) as pool:
            list(pool.map(_begin, range(count)))
            yield cls(pool)

    def begin(
        self, clients: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """What they say in the end."""
        return self._pool.submit(_run, clients, args, kwargs)


async def besiege(requests: Sequence[Asked], *, rate: float, seconds: float) -> Counter[Outcome]:
    """Send so many of these a second, whether or not those before are answered, and count what
    comes back."""
    idle = [
        Browser(source=f"127.2.{number // 250}.{number % 250 + 1}") for number in range(BESIEGERS)
    ]
    outcomes = Counter[Outcome]()

    async def one(browser: Browser, asked: Asked) -> None:
        outcomes[await _outcome(browser, asked)] += 1
        idle.append(browser)

    due = time.perf_counter()
    end = due + seconds
    async with asyncio.TaskGroup() as clients:
        for asked in cycle(requests):
            due += random.expovariate(rate)
            if due > end:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if idle:
                clients.create_task(one(idle.pop(0), asked))
            else:
                outcomes[UNSENT] += 1
    for browser in idle:
        browser.close()
    return outcomes


async def read_pages(asked: Asked, *, seconds: float) -> list[float]:
    """The seconds of each page that is read; who waits for one asks for no other."""
    seen: list[float] = []
    pause = READERS / PAGES_A_SECOND
    end = time.perf_counter() + seconds

    async def reader(number: int) -> None:
        browser = Browser()
        await asyncio.sleep(pause * number / READERS)
        while (began := time.perf_counter()) < end:
            answer = None
            with suppress(OSError, EOFError, TimeoutError):
                answer = await browser.ask(asked)
            if answer is not None and answer.status != asked.status:
                raise RuntimeError(f"a page was answered with {answer.status}")
            took = time.perf_counter() - began
            seen.append(took)
            # As people do, who do not wait for each other: else no page ever met another.
            await asyncio.sleep(max(0.0, random.expovariate(1 / pause) - took))
        browser.close()

    await asyncio.gather(*map(reader, range(READERS)))
    return seen


async def come_back(requests: Sequence[Asked], *, seconds: float) -> list[float]:
    """One after the other, spread over this time; the seconds until each was in."""

    async def one(number: int, asked: Asked) -> float:
        await asyncio.sleep(seconds * number / len(requests))
        browser, began = Browser(source=f"127.3.0.{number % 250 + 1}"), time.perf_counter()
        outcome = await _outcome(browser, asked)
        browser.close()
        return time.perf_counter() - began if outcome == asked.status else math.inf

    return await asyncio.gather(*(one(*each) for each in enumerate(requests)))


async def _outcome(browser: Browser, asked: Asked) -> Outcome:
    try:
        answer = await browser.ask(asked)
    except (OSError, EOFError, TimeoutError):
        return LOST
    if answer.status in _REFUSALS and not answer.headers.get("retry-after", "").isdecimal():
        return WITHOUT_A_TIME
    return answer.status


def _begin(_: int) -> None:
    time.sleep(0.5)  # so long that none begins twice


def _run(clients: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return asyncio.run(clients(*args, **kwargs))
