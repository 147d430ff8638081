"""What one more connection costs a server."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

from tests.bench.holding import Holder
from tests.bench.processes import memory_of, memory_of_kernel
from tests.kit.processes import Program

TIMES = 3
REST_SECONDS = 2.0  # until a server has put everything away


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes of a connection: in the server, and in the kernel for both of its ends."""

    process: float
    kernel: float

    @classmethod
    def median_of(cls, costs: Sequence[Self]) -> Self:
        """Of several fresh servers: what an allocator keeps for later may be more than what
        thousands of connections cost, or less."""
        return cls(
            process=median(cost.process for cost in costs),
            kernel=median(cost.kernel for cost in costs),
        )


def grown(server: Program, holder: Holder, requests: Sequence[bytes], *, until: bytes) -> Cost:
    """From a quarter of the connections to all of them: what the first ones make a server set up
    does not count."""
    seen = []
    quarter = len(requests) // 4
    for some in (requests[:quarter], requests[quarter:]):
        holder.open(server.port, some, until=until)
        time.sleep(REST_SECONDS)
        seen.append((memory_of(server.process.pid), memory_of_kernel()))
    holder.check_open()
    (process, kernel), (more_process, more_kernel) = seen
    more = len(requests) - quarter
    return Cost(process=(more_process - process) / more, kernel=(more_kernel - kernel) / more)
