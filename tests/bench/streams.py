"""What an open event stream costs, ours and the same page on other servers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from tests.bench.growth import TIMES, Cost, grown
from tests.bench.holding import Holder
from tests.bench.load import Asked, once
from tests.bench.served import allow_many_descriptors, cores, python, served
from tests.bench.table import table
from tests.kit.processes import Program

FOR_EACH_SESSION = 10  # as one browser has tabs
FIRST_EVENT_ENDS = b"\n\n"
SIGNING_IN_AT_ONCE = 8

_BIND = ("--bind", "127.0.0.1:{port}")
_QUIET = ("--no-access-log", "--log-level", "warning")
_ON_OURS = "tests.bench.apps.on_ours"
_PLAIN = "tests.bench.apps.events"
_APP = f"{_PLAIN}:app"

Requests = Callable[[Program, int], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Contender:
    """A server, and who asks it for streams."""

    command: Sequence[str]
    requests: Requests


def run(*, streams: int, of: Sequence[str] | None = None) -> None:
    """Measure and print."""
    allow_many_descriptors()
    server_core, client_core = cores()
    os.sched_setaffinity(0, {client_core})
    costs = {}
    for name in of or CONTENDERS:
        seen = [_cost(CONTENDERS[name], streams, server_core, client_core) for _ in range(TIMES)]
        costs[name] = Cost.median_of(seen)
    _print(costs, streams)


def _cost(contender: Contender, streams: int, server_core: int, client_core: int) -> Cost:
    with TemporaryDirectory(prefix="bench-") as folder:
        environment = {
            "QUART_DATA_DIR": folder,
            "QUART_STREAMS_PER_SESSION": str(FOR_EACH_SESSION),
            "QUART_STREAMS_PER_OWNER": str(FOR_EACH_SESSION),
        }
        with (
            served(contender.command, environment=environment, core=server_core) as server,
            Holder.running(core=client_core) as holder,
        ):
            requests = contender.requests(server, streams)
            return grown(server, holder, requests, until=FIRST_EVENT_ENDS)


def _asked_by_anybody(server: Program, streams: int) -> Sequence[bytes]:
    return [Asked.get(server.port, "/events").data] * streams


def _asked_by_many_who_aresigned_in(server: Program, streams: int) -> Sequence[bytes]:
    cookies = asyncio.run(signed_in(server.port, streams // FOR_EACH_SESSION))
    asked = [Asked.get(server.port, "/events", cookie=cookie).data for cookie in cookies]
    return [request for request in asked for _ in range(FOR_EACH_SESSION)]


async def signed_in(port: int, sessions: int) -> Sequence[str]:
    """The cookies of so many people."""
    allowed = asyncio.Semaphore(SIGNING_IN_AT_ONCE)

    async def one(number: int) -> str:
        async with allowed:
            headers = await once(Asked.post(port, "/login", f"name=Ada{number}"))
            return headers["set-cookie"].partition(";")[0]

    return await asyncio.gather(*map(one, range(sessions)))


CONTENDERS: Mapping[str, Contender] = {
    "quart-app serve, signed in": Contender(
        python("-m", "quart_app", "serve", *_BIND), _asked_by_many_who_aresigned_in
    ),
    "plain page, our server": Contender(
        python("-m", _ON_OURS, _PLAIN, "{port}"), _asked_by_anybody
    ),
    "plain page, hypercorn": Contender(
        python("-m", "hypercorn", *_BIND, "--backlog", "2048", "-k", "uvloop", _APP),
        _asked_by_anybody,
    ),
    "plain page, uvicorn": Contender(
        python("-m", "uvicorn", "--port", "{port}", *_QUIET, _APP), _asked_by_anybody
    ),
}


def _print(costs: Mapping[str, Cost], streams: int) -> None:
    table(
        f"kB of memory for each open event stream, growing from {streams // 4:,} to {streams:,} "
        "(to reach: 1; the kernel's are for both ends)",
        ["", "process", "kernel"],
        (
            [name, f"{cost.process / 1024:.2f}", f"{cost.kernel / 1024:.1f}"]
            for name, cost in costs.items()
        ),
    )
