"""`python -m tests.races`: every race thousands of times, on every store, and a table of them."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.table import table
from tests.races.costs import MOST_TIMES, measure
from tests.races.machines import VARIANTS, Machines, Variant
from tests.races.scenarios import SCENARIOS, Scenario, tell
from tests.races.tally import Tally

PROCESSES = 3
SESSIONS = 16_000
BATCHES = 60
COSTS = "costs"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.races", description=__doc__)
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    parser.add_argument("--on", default="", help="variants whose name contains this")
    parser.add_argument("--share", type=float, default=1.0, help="of the usual number of rounds")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chosen = {title: each for title, each in SCENARIOS.items() if options.only in title}
    variants = [variant for variant in VARIANTS if options.on in str(variant)]
    broken = 0
    if chosen:
        broken += sum(
            _race(variant, chosen, share=options.share, seed=options.seed) for variant in variants
        )
    if options.only in COSTS:
        broken += _costs({variant.store: None for variant in variants})
    sys.exit(1 if broken else 0)


def _race(variant: Variant, chosen: dict[str, Scenario], *, share: float, seed: int) -> int:
    """Print what came of them on one variant; how many rounds went wrong."""
    rows, tallies = [], []
    with (
        TemporaryDirectory(prefix="races-") as folder,
        Machines.running(variant, Path(folder), count=PROCESSES) as machines,
    ):
        for title, scenario in chosen.items():
            sys.stderr.write(f"{variant}: {title}\n")
            started = time.monotonic()
            times = max(scenario.short, int(scenario.long * share))
            tally = asyncio.run(tell(scenario, machines, times, seed=seed))
            tallies.append((title, tally))
            rows.append(_row(title, tally, time.monotonic() - started))
        troubles = machines.troubles()
    heads = ["race", "rounds", "requests", "refused", "seconds", "went wrong"]
    table(str(variant), heads, rows)
    for title, tally in tallies:
        if tally.broken:
            _say(f"\n{title}: {tally}")
    if troubles:
        _say("\nthe servers wrote:", *troubles)
    return sum(tally.broken for _, tally in tallies) + len(troubles)


def _row(title: str, tally: Tally, seconds: float) -> list[str]:
    counts = (tally.rounds, tally.requests, tally.refused)
    return [title, *(f"{count:,}" for count in counts), f"{seconds:.0f}", f"{tally.broken:,}"]


def _costs(stores: Iterable[str]) -> int:
    rows, broken = [], 0
    for store in stores:
        with TemporaryDirectory(prefix="races-") as folder:
            cost = asyncio.run(measure(store, Path(folder), sessions=SESSIONS, batches=BATCHES))
        broken += cost.times > MOST_TIMES
        rows.append([store, f"{cost.few:.0f}", f"{cost.many:.0f}", f"{cost.times:.2f}"])
    heads = ["store", "with one, µs", f"with {SESSIONS:,}, µs", f"times (at most {MOST_TIMES})"]
    table("Two sign-outs at once, processor time", heads, rows)
    return broken


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
