"""What each operation costs in each store, and what many sessions make of it."""

from __future__ import annotations

import time
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from statistics import median

from tests.bench.scale import at_scale
from tests.bench.subjects import Subject, subjects
from tests.bench.table import table

BATCH = 100
ROUNDS = 15
OPERATIONS = ("create", "read", "read_again", "patch", "touch", "delete")


async def run(*, sizes: Sequence[int]) -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")  # the neighbours' deprecations are not ours to mend
    with subjects() as measured:
        costs = await _costs(measured)
        for subject in measured.values():
            await subject.close()
    _print_costs(costs)
    await at_scale(sizes)


async def _costs(measured: dict[str, Subject]) -> dict[str, dict[str, float]]:
    """Microseconds by subject and operation: the median over rounds in which all take turns, so
    that a busy moment of the machine falls on all of them."""
    seen: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    numbers = count()
    for _ in range(ROUNDS):
        batch = [next(numbers) for _ in range(BATCH)]
        for operation in OPERATIONS:
            for name, subject in measured.items():
                act = getattr(subject, operation)
                if operation == "read_again":
                    for number in batch:
                        await act(number)
                started = time.perf_counter()
                for number in batch:
                    await act(number)
                seen[name, operation].append((time.perf_counter() - started) / BATCH * 1e6)
    return {
        name: {operation: median(seen[name, operation]) for operation in OPERATIONS}
        for name in measured
    }


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
