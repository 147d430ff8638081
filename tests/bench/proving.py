"""What proving a password costs beside the hash alone, and among many accounts, and whether its
time tells anything."""

from __future__ import annotations

import asyncio
import math
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import combinations
from pathlib import Path
from statistics import fmean, median, variance

from quart_app.accounts import Accounts, Administration, Client
from quart_app.accounts.hashing import threads_of_each
from quart_app.accounts.passwords.own import Argon2
from quart_app.errors import BadCredentials
from tests.bench.accounts import accounts_in, add_people
from tests.bench.apps.people import RIGHT, WRONG, name_of
from tests.bench.table import table

Matches = Callable[[str, str], bool]
"""Whether a hash is that of a password."""

KINDS = ("wrong", "unknown", "disabled")
# Beyond it, chance alone would have it in one of a hundred runs.
TELLING = 2.58
ONE_BY_ONE = 100
MOST_AMONG_MANY = 1.1


async def run(*, tries: int, sign_ins: int, sizes: Sequence[int]) -> None:
    """Measure and print."""
    threads = threads_of_each(1)
    with tempfile.TemporaryDirectory() as folder:
        accounts = accounts_in(Path(folder))
        office = Administration(accounts, actor="bench")
        await add_people(accounts, sign_ins)
        for name in ("wrong", "disabled"):
            await office.add(name, password=RIGHT)
        await office.disable("disabled")
        _print_rates(
            alone=hashes_a_second(Argon2().matches, sign_ins, threads=threads),
            ours=await _sign_ins_a_second(accounts, sign_ins, at_once=4 * threads),
        )
        _print_times(await _times(accounts, office, tries))
        await accounts.close()
    _print_among(await _among(sizes))


def hashes_a_second(matches: Matches, count: int, *, threads: int) -> float:
    """What this alone can do."""
    stored = Argon2().hash(RIGHT)
    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        list(pool.map(lambda _: matches(stored, RIGHT), range(count)))
        return count / (time.perf_counter() - began)


async def _sign_ins_a_second(accounts: Accounts, count: int, *, at_once: int) -> float:
    numbers = iter(range(count))

    async def sign_in_again_and_again() -> None:
        for number in numbers:
            client = Client(address=f"192.0.2.{number % 250}")
            await accounts.sign_in(name_of(number), password=RIGHT, client=client)

    began = time.perf_counter()
    await asyncio.gather(*(sign_in_again_and_again() for _ in range(at_once)))
    return count / (time.perf_counter() - began)


async def _times(accounts: Accounts, office: Administration, tries: int) -> dict[str, list[float]]:
    """Seconds of each try, all kinds in turn, in another order each time."""
    seen: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(tries):
        for kind in random.sample(KINDS, len(KINDS)):
            name = f"unknown {number}" if kind == "unknown" else kind
            password = RIGHT if kind == "disabled" else WRONG
            client = Client(address=f"198.51.{number // 250}.{number % 250}")
            began = time.perf_counter()
            with suppress(BadCredentials):
                await accounts.sign_in(name, password=password, client=client)
            seen[kind].append(time.perf_counter() - began)
        for name in ("wrong", "disabled"):
            await office.unblock(name)
    return seen


async def _among(sizes: Sequence[int]) -> dict[int, float]:
    """The median seconds of a sign-in where there are so many accounts, in turns."""
    seen: dict[int, list[float]] = {size: [] for size in sizes}
    with tempfile.TemporaryDirectory() as folder:
        places = {size: accounts_in(Path(folder) / str(size)) for size in sizes}
        for size, accounts in places.items():
            await add_people(accounts, size)
        for number in range(ONE_BY_ONE):
            for size, accounts in places.items():
                name = name_of(number * size // ONE_BY_ONE)
                client = Client(address=f"192.0.2.{number}")
                began = time.perf_counter()
                await accounts.sign_in(name, password=RIGHT, client=client)
                seen[size].append(time.perf_counter() - began)
        for accounts in places.values():
            await accounts.close()
    return {size: median(times) for size, times in seen.items()}


def welch(first: list[float], second: list[float]) -> float:
    """How many standard errors the means of two are apart."""
    spread = variance(first) / len(first) + variance(second) / len(second)
    return (fmean(first) - fmean(second)) / math.sqrt(spread)


def _print_rates(*, alone: float, ours: float) -> None:
    row = [f"{alone:.0f}", f"{ours:.0f}", f"{ours / alone:.2f}"]
    table("Sign-ins a second", ["hashes alone", "sign-ins", "ratio"], [row])


def _print_times(seen: dict[str, list[float]]) -> None:
    rows = []
    for one, other in combinations(KINDS, 2):
        apart = welch(seen[one], seen[other])
        told = "tells them apart" if abs(apart) > TELLING else "tells nothing"
        rows.append([f"{one}, {other}", f"{apart:.2f}", told])
    table(f"Welch's t of {len(seen['wrong'])} tries each", ["kinds", "t", ""], rows)


def _print_among(seen: dict[int, float]) -> None:
    yardstick = next(iter(seen.values()))
    rows = [
        [f"{size:,}", f"{seconds * 1e3:.1f}", f"{seconds / yardstick:.2f}", f"≤ {MOST_AMONG_MANY}"]
        for size, seconds in seen.items()
    ]
    table("A sign-in among so many accounts", ["accounts", "ms", "times", "to reach"], rows)
