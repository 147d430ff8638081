"""What an operation costs among many sessions, and what sweeping them does to the event loop."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.filesystem.files import KEPT_FOR
from tests.bench.records import record
from tests.bench.subjects import OursWithoutHop
from tests.bench.table import table

BATCH = 200
VISITED = 800
ROUNDS = 15
OPERATIONS = ("create", "read", "read_again", "patch", "touch", "delete")
ONE_IN = 10
SOON = timedelta(seconds=1)
SWEEP_BUDGET = 200


async def at_scale(sizes: Sequence[int]) -> None:
    """Fill a directory for each size, then measure in all of them in turns."""
    with TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        roots = {size: Path(folder, str(size)) for size in sorted(sizes)}
        for size, root in roots.items():
            await _fill(root, size)
        costs = await _costs(roots)
        _print_costs(costs)
        await _sweep(roots[max(sizes)], max(sizes))


async def _fill(root: Path, size: int) -> None:
    """This many sessions, of which some expire at once."""
    subject = OursWithoutHop(root)
    files = subject.files
    started = time.perf_counter()
    for number in range(size):
        lasts = SOON if number % ONE_IN == 0 else timedelta(hours=8)
        files.create(record(number, idle=lasts))
        if number % 50_000 == 49_999:
            rate = number / (time.perf_counter() - started)
            print(f"  {number + 1:,} of {size:,} sessions made, {rate:,.0f} a second", flush=True)
    await subject.close()


async def _costs(roots: dict[int, Path]) -> dict[int, dict[str, float]]:
    chosen = random.Random(1)
    seen: defaultdict[tuple[int, str], list[float]] = defaultdict(list)
    measured = {size: OursWithoutHop(root) for size, root in roots.items()}
    # As many visitors come by in each directory: what differs is how many others lie there.
    lasting = {size: [n for n in range(size) if n % ONE_IN] for size in roots}
    visited = {size: chosen.sample(lasting[size], VISITED) for size in roots}
    for turn in range(ROUNDS):
        for size, subject in measured.items():
            new = [size * 1_000 + turn * BATCH + step for step in range(BATCH)]
            old = chosen.sample(visited[size], BATCH)
            for operation in OPERATIONS:
                act = getattr(subject, operation)
                numbers = new if operation in ("create", "delete") else old
                if operation == "read_again":
                    for number in numbers:
                        await act(number)
                started = time.perf_counter()
                for number in numbers:
                    await act(number)
                seen[size, operation].append((time.perf_counter() - started) / BATCH * 1e6)
    for subject in measured.values():
        await subject.close()
    return {
        size: {operation: median(seen[size, operation]) for operation in OPERATIONS}
        for size in roots
    }


def _print_costs(costs: dict[int, dict[str, float]]) -> None:
    fewest = costs[min(costs)]
    table(
        f"Files, without the hop, visiting {VISITED} of so many sessions: microseconds, and times "
        "the cost among the fewest (to reach: 1.3)",
        ["sessions", *(operation.replace("_", " ") for operation in OPERATIONS)],
        (
            [
                f"{size:,}",
                *(f"{cost:.1f} ({cost / fewest[name]:.2f})" for name, cost in row.items()),
            ]
            for size, row in costs.items()
        ),
    )


async def _sweep(root: Path, size: int) -> None:
    """Sweep them all, and look how late the event loop gets meanwhile."""
    # Files stay for a while after they have expired: by this clock it is over for these alone.
    ahead = (SOON + KEPT_FOR).total_seconds()
    store = FilesystemStore(root, timeout=timedelta(seconds=30), clock=lambda: time.time() + ahead)
    # As `quart-app serve` does: a full collection of all that is loaded holds the loop up longer
    # than any sweep.
    gc.collect()
    gc.freeze()
    quiet = await _latest(asyncio.create_task(asyncio.sleep(2)))
    removed = 0

    async def sweep_all() -> None:
        nonlocal removed
        finished = False
        while not finished:
            swept = await store.sweep(budget=SWEEP_BUDGET)
            removed, finished = removed + swept.removed, swept.finished

    started = time.perf_counter()
    busy = await _latest(asyncio.create_task(sweep_all()))
    await store.close()
    table(
        f"Sweeping {size:,} sessions of which one in {ONE_IN} has expired",
        ["", "value", "to reach"],
        [
            ["removed", f"{removed:,}", f"{size // ONE_IN:,}"],
            ["seconds", f"{time.perf_counter() - started:.1f}", "-"],
            ["event loop late at most, ms", f"{busy * 1e3:.1f}", "20"],
            ["the same with nothing to do, ms", f"{quiet * 1e3:.1f}", "-"],
        ],
    )


async def _latest(work: asyncio.Task[None]) -> float:
    """By how many seconds the loop was late at most, until the work was done."""
    worst = 0.0
    while not work.done():
        started = time.perf_counter()
        await asyncio.sleep(0.001)
        worst = max(worst, time.perf_counter() - started - 0.001)
    await work
    return worst
