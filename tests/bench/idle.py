"""What an idle connection costs, waking one, and what is left for busy ones: ours and others."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.growth import Cost, grown
from tests.bench.holding import Holder
from tests.bench.load import Asked, rate
from tests.bench.served import Served, allow_many_descriptors, cores, python, served
from tests.bench.table import table

OURS = "quart-app serve"
HYPERCORN = "hypercorn"
WAKINGS = 300  # of each kind: a connection serves 1000 requests by default
ANSWER = b"alive"  # how the answer ends
BUSY_CONNECTIONS = 32
ROUNDS = 5
SECONDS = 2.0
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


def run(*, connections: int) -> None:
    """Measure and print."""
    allow_many_descriptors()
    server_core, client_core = cores()
    os.sched_setaffinity(0, {client_core})
    with TemporaryDirectory(prefix="bench-") as folder:
        commands = _commands(Path(folder))
        environment = {"QUART_DATA_DIR": folder, "QUART_KEEP_ALIVE_TIMEOUT": LONG}
        used, unused = {}, {}
        waking: dict[str, tuple[float, float]] = {}
        for name, command in commands.items():
            with served(command, environment=environment, core=server_core) as server:
                used[name], waking[name] = _used(server, connections, client_core)
            with served(command, environment=environment, core=server_core) as server:
                unused[name] = _unused(server, connections, client_core)
        with _all_of(commands, environment, server_core) as ports:
            rates = asyncio.run(_rates(ports))
    _print_costs(used, unused, connections)
    _print_speed(waking, rates)


def _commands(folder: Path) -> Mapping[str, Sequence[str]]:
    hypercorn = ("-m", "hypercorn", *_BIND, "--keep-alive", LONG, "--backlog", "2048", _APP)
    uvicorn = ("-m", "uvicorn", "--port", "{port}", "--timeout-keep-alive", LONG, _APP)
    commands = {
        OURS: python("-m", "quart_app", "serve", *_BIND),
        HYPERCORN: python(*hypercorn, "--worker-class", "uvloop"),
        "hypercorn, asyncio's loop": python(*hypercorn),
        "uvicorn": python(*uvicorn, "--no-access-log", "--log-level", "warning"),
    }
    if (nginx := shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")) is None:
        print("no nginx here: apt-get install nginx-light")
        return commands
    template = folder / "nginx.conf"
    template.write_text(_NGINX.format(folder=folder, long=LONG))
    own = f"{template}.$0"
    filled_in = f"sed s/PORT/$0/ {template} >{own} && exec {nginx} -c {own}"
    return commands | {"nginx": ("sh", "-c", filled_in, "{port}")}


def _used(server: Served, connections: int, core: int) -> tuple[Cost, tuple[float, float]]:
    """What connections cost that have been used once, and the seconds that waking one takes,
    beside asking on one that is in use."""
    request = _request(server)
    with Holder.running(core=core) as holder:
        cost = grown(server, holder, [request] * connections, until=ANSWER)
        waking = holder.wake(request, until=ANSWER, times=WAKINGS)
    return cost, waking


def _unused(server: Served, connections: int, core: int) -> Cost:
    """What connections cost on which nothing was ever sent."""
    with Holder.running(core=core) as holder:
        return grown(server, holder, [b""] * connections, until=b"")


def _request(server: Served) -> bytes:
    return Asked.get(server.port, "/healthz").data


async def _rates(ports: Mapping[str, int]) -> dict[str, float]:
    """Answers a second on busy connections; in turns, so that a busy moment falls on all."""
    seen: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name, port in ports.items():
            asked = Asked.get(port, "/healthz")
            seen[name].append(await rate(asked, seconds=SECONDS, connections=BUSY_CONNECTIONS))
    return {name: median(values) for name, values in seen.items()}


@contextmanager
def _all_of(
    commands: Mapping[str, Sequence[str]], environment: Mapping[str, str], core: int
) -> Iterator[dict[str, int]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(served(command, environment=environment, core=core)).port
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


def _print_speed(waking: dict[str, tuple[float, float]], rates: dict[str, float]) -> None:
    table(
        "Milliseconds of a request on a rested connection, and on one in use (to reach: 2 times); "
        f"answers a second on {BUSY_CONNECTIONS} busy connections (to reach: hypercorn's)",
        ["", "rested", "in use", "times", "a second", f"against {HYPERCORN}"],
        (
            [
                name,
                f"{rested * 1e3:.2f}",
                f"{busy * 1e3:.2f}",
                f"{rested / busy:.2f}",
                f"{rates[name]:,.0f}",
                f"{rates[name] / rates[HYPERCORN]:.2f}",
            ]
            for name, (rested, busy) in waking.items()
        ),
    )
