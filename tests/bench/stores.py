"""What each operation costs in each store, and what many sessions make of it."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import count
from statistics import median

from tests.bench.scale import at_scale
from tests.bench.subjects import Subject, subjects
from tests.bench.table import table

BATCH = 100
ROUNDS = 15
OPERATIONS = ("create", "read", "read_again", "patch", "touch", "delete")
# As a server has them that is busy.
AT_ONCE = 16
ON_REDIS = ("Redis", "quart-session on Redis")


async def run(*, sizes: Sequence[int]) -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")  # the neighbours' deprecations are not ours to mend
    with subjects() as measured:
        costs = await _costs(measured)
        on_redis = {name: measured[name] for name in ON_REDIS}
        busy = await _costs(on_redis, at_once=AT_ONCE)
        for subject in measured.values():
            await subject.close()
    _print_costs(costs)
    _print_on_redis({"one at a time": costs, f"{AT_ONCE} at a time": busy})
    await at_scale(sizes)


async def _costs(measured: dict[str, Subject], *, at_once: int = 1) -> dict[str, dict[str, float]]:
    """Microseconds by subject and operation: the median over rounds in which all take turns, so
    that a busy moment of the machine falls on all of them."""
    seen: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    numbers = count(at_once * ROUNDS * BATCH)  # nobody else's
    for _ in range(ROUNDS):
        batch = [next(numbers) for _ in range(BATCH)]
        for operation in OPERATIONS:
            for name, subject in measured.items():
                act = getattr(subject, operation)
                if operation == "read_again":
                    for number in batch:
                        await act(number)
                started = time.perf_counter()
                await _each(act, batch, at_once=at_once)
                seen[name, operation].append((time.perf_counter() - started) / BATCH * 1e6)
    return {
        name: {operation: median(seen[name, operation]) for operation in OPERATIONS}
        for name in measured
    }


async def _each(
    act: Callable[[int], Awaitable[object]], batch: Sequence[int], *, at_once: int
) -> None:
    for start in range(0, len(batch), at_once):
        if at_once == 1:
            await act(batch[start])
        else:
            await asyncio.gather(*map(act, batch[start : start + at_once]))


def _print_on_redis(costs: dict[str, dict[str, dict[str, float]]]) -> None:
    ours, theirs = ON_REDIS
    heads = [f"{ours} against {theirs}", "create", "read", "patch"]
    rows = (
        [when, *(f"{each[ours][what] / each[theirs][what]:.2f}" for what in heads[1:])]
        for when, each in costs.items()
    )
    table("On Redis, against quart-session", heads, rows)


def _print_costs(costs: dict[str, dict[str, float]]) -> None:
    heads = ["microseconds", *(operation.replace("_", " ") for operation in OPERATIONS)]
    table(
        "One operation (for cachelib and quart-session, a patch or touch writes the whole session)",
        heads,
        ([name, *(f"{cost:.1f}" for cost in row.values())] for name, row in costs.items()),
    )
    table(
        "Against cachelib's files", ["files, without the hop", "ratio", "to reach"], _ratios(costs)
    )


def _ratios(costs: dict[str, dict[str, float]]) -> Iterator[tuple[str, str, str]]:
    ours, theirs = costs["files, without the hop"], costs["cachelib"]
    yield "read", f"{ours['read'] / theirs['read']:.2f}", "-"
    yield "read again", f"{ours['read_again'] / theirs['read']:.2f}", "0.50"
    yield "patch, to its update", f"{ours['patch'] / theirs['patch']:.2f}", "0.25"
    yield "create", f"{ours['create'] / theirs['create']:.2f}", "-"
