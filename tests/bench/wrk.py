"""wrk, which asks so little of its core that the server's is what runs out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Self

from tests.bench.load import Asked
from tests.bench.processes import cpu_seconds_of
from tests.kit.processes import Program
from tests.kit.programs import found

CONNECTIONS = 32
# wrk's own threads ask in turn for what is on the list, and say in the end what became of it.
_SCRIPT = """
local requests = {%s}
local last = 0
request = function()
    last = last %% #requests + 1
    return requests[last]
end
done = function(summary, latency)
    local failed = summary.errors
    io.stderr:write(string.format(
        '{"answers": %%d, "microseconds": %%d, "p99": %%f, "refused": %%d, "lost": %%d}',
        summary.requests, summary.duration, latency:percentile(99), failed.status,
        failed.connect + failed.read + failed.write + failed.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What a server made of what it was asked."""

    rate: float
    """Answers a second; depends on who else uses the machine."""
    cost: float
    """Seconds of its core for each answer; depends less on them."""
    p99: float
    """Seconds that all but one of a hundred answers took at most."""

    @classmethod
    def median_of(cls, loads: Sequence[Self]) -> Self:
        return cls(
            rate=median(load.rate for load in loads),
            cost=median(load.cost for load in loads),
            p99=median(load.p99 for load in loads),
        )


def check_there() -> None:
    """Ends the program if there is no wrk."""
    if found("wrk") is None:
        raise SystemExit("no wrk here: apt-get install wrk")


def load(server: Program, asked: Sequence[Asked], *, seconds: int) -> Load:
    """Ask for these, one after the other and again and again. Raises `RuntimeError` if one is
    refused, or not answered."""
    before = cpu_seconds_of(server.process.pid)
    with TemporaryDirectory(prefix="bench-") as folder:
        script = Path(folder) / "requests.lua"
        script.write_text(_SCRIPT % ", ".join(_quoted(each.data) for each in asked))
        options = ["--threads", "1", "--connections", str(CONNECTIONS), "--script", str(script)]
        wrk = subprocess.run(
            ["wrk", *options, "--duration", f"{seconds}s", server.url],
            check=True,
            capture_output=True,
            text=True,
        )
    said = json.loads(wrk.stderr)
    if said["refused"] or said["lost"] or not said["answers"]:
        raise RuntimeError(f"not every request was answered: {said}")
    took = cpu_seconds_of(server.process.pid) - before
    return Load(
        rate=said["answers"] / said["microseconds"] * 1e6,
        cost=took / said["answers"],
        p99=said["p99"] / 1e6,
    )


def _quoted(data: bytes) -> str:
    """As Lua writes it."""
    return '"' + "".join(f"\\{octet:03}" for octet in data) + '"'
