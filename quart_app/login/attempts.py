"""Slows down who guesses: counts what is tried for each name and from each network."""

from __future__ import annotations

import math
import secrets
from array import array
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Protocol

from quart_app.network import network_of

Clock = Callable[[], float]
Succeeded = Callable[[], Awaitable[None]]

FREE_FOR_A_NAME = 5
FREE_FOR_A_NETWORK = 20
LONGEST_PAUSE_SECONDS = 300
# After so long without a try, the next ones are free again.
FORGOTTEN_AFTER_SECONDS = 900
# Names share these, by a keyed hash: names that were made up fill nothing and push nothing out.
BUCKETS = 65_536


class Slowed(Exception):
    """Not now: too many tries came before."""

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """For whom somebody tries to sign in, and from where."""

    name: str
    address: str


class Limiter(Protocol):
    """What decides, before a secret is checked, whether it may be."""

    async def admit(self, attempt: Attempt) -> Succeeded:
        """Count it as if it were wrong, before it is known. What comes back is called if it was
        right: then the name's next tries are free again. The network's are not: or one account of
        one's own would make free any number of guesses at others. Raises `Slowed`."""


class MemoryLimiter:
    """Of one process, and forgotten when it ends. Takes a megabyte, whatever is tried."""

    def __init__(self, *, clock: Clock) -> None:
        self._key = secrets.token_bytes(32)
        self._names = _Buckets(free=FREE_FOR_A_NAME, clock=clock)
        self._networks = _Buckets(free=FREE_FOR_A_NETWORK, clock=clock)

    async def admit(self, attempt: Attempt) -> Succeeded:
        """See `Limiter`."""
        name, network = self._places(attempt)
        pause = max(self._names.pause(name), self._networks.pause(network))
        if pause > 0:
            raise Slowed(retry_after=math.ceil(pause))
        self._names.count(name)
        self._networks.count(network)
        return partial(self._succeeded, name, network)

    async def _succeeded(self, name: int, network: int) -> None:
        self._names.clear(name)
        self._networks.take_back(network)

    def _places(self, attempt: Attempt) -> tuple[int, int]:
        return self._place(attempt.name.casefold()), self._place(network_of(attempt.address))

    def _place(self, text: str) -> int:
        digest = blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=4)
        return int.from_bytes(digest.digest()) % BUCKETS


class _Buckets:
    """How often each was tried lately, and when last."""

    def __init__(self, *, free: int, clock: Clock) -> None:
        self._free_tries = free
        self._clock = clock
        self._counts = array("B", bytes(BUCKETS))
        self._times = array("d", bytes(8 * BUCKETS))

    def pause(self, place: int) -> float:
        """How many seconds are to pass before the next try; none or less if it may be now."""
        over = self._count(place) - self._free_tries
        pause = min(2.0**over, LONGEST_PAUSE_SECONDS) if over >= 0 else 0.0
        return self._times[place] + pause - self._clock()

    def count(self, place: int) -> None:
        self._counts[place] = min(self._count(place) + 1, 255)
        self._times[place] = self._clock()

    def take_back(self, place: int) -> None:
        self._counts[place] = max(self._count(place) - 1, 0)

    def clear(self, place: int) -> None:
        self._counts[place] = 0

    def _count(self, place: int) -> int:
        is_old = self._clock() - self._times[place] > FORGOTTEN_AFTER_SECONDS
        return 0 if is_old else self._counts[place]
