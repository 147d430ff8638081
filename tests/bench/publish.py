"""How long it takes to tell many streams, beside writing the same bytes to plain sockets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from tempfile import TemporaryDirectory

from tests.bench.apps.publishing import AS_SENT
from tests.bench.holding import Holder
from tests.bench.load import Asked, once, text_of
from tests.bench.served import allow_many_descriptors, cores, python, served
from tests.bench.table import table
from tests.kit.processes import free_port


def run(*, streams: Sequence[int]) -> None:
    """Measure and print."""
    allow_many_descriptors()
    server_core, client_core = cores()
    os.sched_setaffinity(0, {client_core})
    _print({count: _seconds(count, server_core, client_core) for count in streams})


def _seconds(count: int, server_core: int, client_core: int) -> tuple[float, float]:
    """Of publishing once to so many streams, and of writing once to as many sockets."""
    plain_port = free_port()
    with TemporaryDirectory(prefix="bench-") as folder:
        command = python("-m", "tests.bench.apps.publishing", "{port}", str(plain_port), folder)
        with served(command, core=server_core) as server:
            with Holder.running(core=client_core) as holder:
                headers = asyncio.run(once(Asked.post(server.port, "/login", "name=Ada")))
                cookie = headers["set-cookie"].partition(";")[0]
                events = Asked.get(server.port, "/events", cookie=cookie)
                holder.open(server.port, [events.data] * count, until=b"\n\n")
                publishing = _asked(server.port, "/publish")
                holder.read_all(until=AS_SENT)
            with Holder.running(core=client_core) as holder:
                holder.open(plain_port, [b" "] * count, until=b"hello")
                writing = _asked(server.port, "/write")
                holder.read_all(until=AS_SENT)
    return publishing, writing


def _asked(port: int, path: str) -> float:
    return float(asyncio.run(text_of(Asked.post(port, path, ""))))


def _print(seconds: dict[int, tuple[float, float]]) -> None:
    fewest = min(seconds)
    first = seconds[fewest][0] / fewest
    table(
        "Milliseconds to tell so many open streams, and to write the same to plain sockets (to "
        "reach: 2 times, and the same for each)",
        ["streams", "publish", "write", "times", "each, us", f"against {fewest:,}"],
        (
            [
                f"{count:,}",
                f"{publishing * 1e3:.1f}",
                f"{writing * 1e3:.1f}",
                f"{publishing / writing:.2f}",
                f"{publishing / count * 1e6:.1f}",
                f"{publishing / count / first:.2f}",
            ]
            for count, (publishing, writing) in seconds.items()
        ),
    )
