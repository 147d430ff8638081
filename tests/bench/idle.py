"""What an idle connection costs, waking one, and what is left for busy ones: ours and others."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product, repeat
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.growth import TIMES, Cost, grown
from tests.bench.holding import Holder
from tests.bench.load import Asked, rate
from tests.bench.processes import cpu_seconds_of
from tests.bench.served import allow_many_descriptors, cores, python, served
from tests.bench.table import table
from tests.kit.processes import Program
from tests.kit.programs import found

OURS = "quart-app serve"
HYPERCORN = "hypercorn"
WAKINGS = 300  # of each kind: a connection serves 1000 requests by default
ANSWER = b"alive"  # how the answer ends
BUSY_CONNECTIONS = 32
ROUNDS = 10
SECONDS = 1.0
# No server is to close a connection while it is counted.
LONG = "3600"

_APP = "quart_app.asgi:app"
_BIND = ("--bind", "127.0.0.1:{port}")
_NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log /dev/null; worker_rlimit_nofile 20000;
events {{ worker_connections 19000; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    keepalive_timeout {long}; keepalive_requests 1000000000; client_header_timeout {long};
    server {{
        listen 127.0.0.1:PORT backlog=2048;
        location / {{ return 200 "alive"; }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Busy:
    """Answers a second, and the seconds of the core that one takes: the first depends on who else
    uses the machine, the second less so."""

    rate: float
    cost: float


def run(*, connections: int) -> None:
    """Measure and print."""
    allow_many_descriptors()
    server_core, client_core = cores()
    os.sched_setaffinity(0, {client_core})
    with TemporaryDirectory(prefix="bench-") as folder:
        commands = _commands(Path(folder))
        environment = {"QUART_DATA_DIR": folder, "QUART_KEEP_ALIVE_TIMEOUT": LONG}
        used: defaultdict[str, list[Cost]] = defaultdict(list)
        unused: defaultdict[str, list[Cost]] = defaultdict(list)
        waking: dict[str, tuple[float, float]] = {}
        for _, (name, command) in product(range(TIMES), commands.items()):
            with served(command, environment=environment, core=server_core) as server:
                cost, waking[name] = _used(server, connections, client_core)
                used[name].append(cost)
            with served(command, environment=environment, core=server_core) as server:
                unused[name].append(_unused(server, connections, client_core))
        with _all_of(commands, environment, server_core) as servers:
            busy = asyncio.run(_busy(servers))
    _print_costs(_medians(used), _medians(unused), connections)
    _print_speed(waking, busy)


def _medians(costs: Mapping[str, Sequence[Cost]]) -> dict[str, Cost]:
    return {name: Cost.median_of(seen) for name, seen in costs.items()}


def _commands(folder: Path) -> Mapping[str, Sequence[str]]:
    hypercorn = ("-m", "hypercorn", *_BIND, "--keep-alive", LONG, "--backlog", "2048", _APP)
    uvicorn = ("-m", "uvicorn", "--port", "{port}", "--timeout-keep-alive", LONG, _APP)
    commands = {
        OURS: python("-m", "quart_app", "serve", *_BIND),
        HYPERCORN: python(*hypercorn, "--worker-class", "uvloop"),
        "hypercorn, asyncio's loop": python(*hypercorn),
        "uvicorn": python(*uvicorn, "--no-access-log", "--log-level", "warning"),
    }
    if (nginx := found("nginx")) is None:
        print("no nginx here: apt-get install nginx-light")
        return commands
    template = folder / "nginx.conf"
    template.write_text(_NGINX.format(folder=folder, long=LONG))
    own = f"{template}.$0"
    filled_in = f"sed s/PORT/$0/ {template} >{own} && exec {nginx} -c {own}"
    return commands | {"nginx": ("sh", "-c", filled_in, "{port}")}


def _used(server: Program, connections: int, core: int) -> tuple[Cost, tuple[float, float]]:
    """What connections cost that have been used once, and the seconds that waking one takes,
    beside asking on one that is in use."""
    request = _request(server)
    with Holder.running(core=core) as holder:
        cost = grown(server, holder, [request] * connections, until=ANSWER)
        waking = holder.wake(request, until=ANSWER, times=WAKINGS)
    return cost, waking


def _unused(server: Program, connections: int, core: int) -> Cost:
    """What connections cost on which nothing was ever sent."""
    with Holder.running(core=core) as holder:
        return grown(server, holder, [b""] * connections, until=b"")


def _request(server: Program) -> bytes:
    return Asked.get(server.port, "/healthz").data


async def _busy(servers: Mapping[str, Program]) -> dict[str, Busy]:
    """Answers on busy connections; in turns, so that a busy moment of the machine falls on all."""
    rates: defaultdict[str, list[float]] = defaultdict(list)
    costs: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name, server in servers.items():
            asked = Asked.get(server.port, "/healthz")
            before = cpu_seconds_of(server.process.pid)
            found = await rate(repeat(asked), seconds=SECONDS, connections=BUSY_CONNECTIONS)
            took = cpu_seconds_of(server.process.pid) - before
            rates[name].append(found)
            costs[name].append(took / (found * SECONDS))
    return {name: Busy(median(rates[name]), median(costs[name])) for name in servers}


@contextmanager
def _all_of(
    commands: Mapping[str, Sequence[str]], environment: Mapping[str, str], core: int
) -> Iterator[dict[str, Program]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(served(command, environment=environment, core=core))
            for name, command in commands.items()
        }


def _print_costs(used: dict[str, Cost], unused: dict[str, Cost], connections: int) -> None:
    table(
        f"kB of memory for each idle connection, growing from {connections // 4:,} to "
        f"{connections:,} (to reach: 0.3, and less than nginx; the kernel's are for both ends)",
        ["", "used once", "never used", "kernel, used once", "kernel, never used"],
        (
            [
                name,
                f"{cost.process / 1024:.2f}",
                f"{unused[name].process / 1024:.2f}",
                f"{cost.kernel / 1024:.1f}",
                f"{unused[name].kernel / 1024:.1f}",
            ]
            for name, cost in used.items()
        ),
    )


def _print_speed(waking: dict[str, tuple[float, float]], busy: dict[str, Busy]) -> None:
    table(
        "Milliseconds of a request on a rested connection, and on one in use (to reach: 2 times)",
        ["", "rested", "in use", "times"],
        (
            [name, f"{rested * 1e3:.2f}", f"{used * 1e3:.2f}", f"{rested / used:.2f}"]
            for name, (rested, used) in waking.items()
        ),
    )
    yardstick = busy[HYPERCORN]
    table(
        f"{BUSY_CONNECTIONS} busy connections (to reach: hypercorn's)",
        ["", "answers a second", "times", "microseconds of the core for each", "times"],
        (
            [
                name,
                f"{found.rate:,.0f}",
                f"{found.rate / yardstick.rate:.2f}",
                f"{found.cost * 1e6:.0f}",
                f"{found.cost / yardstick.cost:.2f}",
            ]
            for name, found in busy.items()
        ),
    )
