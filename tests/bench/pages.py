"""How many signed-in pages and sign-ins a second one core serves, beside what others use."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle, repeat
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.load import Asked, once, rate
from tests.bench.served import cores, python, served
from tests.bench.table import table
from tests.kit.redis import RedisServer

ROUNDS = 5
SECONDS = 2.0
MEMORY = "/dev/shm"  # noqa: S108  # every name below it is a fresh one
YARDSTICK = "quart-session on Redis, hypercorn"
APPS = "tests.bench.apps"


@dataclass(frozen=True)
class Contender:
    """A server and the application that it serves; `{port}` is filled in."""

    name: str
    command: tuple[str, ...]
    store: str


def _hypercorn(app: str) -> tuple[str, ...]:
    return ("-m", "hypercorn", "--bind", "127.0.0.1:{port}", app)


def _uvicorn(app: str) -> tuple[str, ...]:
    quiet = ("--no-access-log", "--log-level", "warning")
    return ("-m", "uvicorn", "--port", "{port}", *quiet, app)


def _gunicorn(app: str) -> tuple[str, ...]:
    return ("-m", "gunicorn", "--bind", "127.0.0.1:{port}", "-k", "gthread", "--threads", "4", app)


_SERVE = ("-m", "quart_app", "serve", "--bind", "127.0.0.1:{port}")
_OURS = f"{APPS}.with_our_sessions:app"
_THEIRS = f"{APPS}.with_quart_session:app"
_FLASK = f"{APPS}.with_flask_session:app"
CONTENDERS = (
    Contender("quart-app serve, files", _SERVE, "filesystem"),
    Contender("quart-app serve, Redis", _SERVE, "redis"),
    Contender("our sessions on files, hypercorn", _hypercorn(_OURS), "filesystem"),
    Contender("our sessions on Redis, hypercorn", _hypercorn(_OURS), "redis"),
    Contender("our sessions on files, uvicorn", _uvicorn(_OURS), "filesystem"),
    Contender(YARDSTICK, _hypercorn(_THEIRS), "redis"),
    Contender("quart-session on Redis, uvicorn", _uvicorn(_THEIRS), "redis"),
    Contender("Flask-Session on Redis, gunicorn", _gunicorn(_FLASK), "redis"),
    Contender("Flask-Session on files, gunicorn", _gunicorn(_FLASK), "filesystem"),
    Contender("starsessions on Redis, uvicorn", _uvicorn(f"{APPS}.with_starsessions:app"), "redis"),
)


async def run() -> None:
    """Start them all on one core, ask from the other, in turns, and print."""
    server_core, client_core = cores()
    with ExitStack() as stack:
        redis = stack.enter_context(RedisServer.running())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-", dir=_in_memory())))
        ports = {
            each.name: stack.enter_context(_serving(each, redis.url, folder, core=server_core))
            for each in CONTENDERS
        }
        os.sched_setaffinity(0, {client_core})
        pages = {name: repeat(await _signed_in(port)) for name, port in ports.items()}
        sign_ins = {name: _signing_in(port) for name, port in ports.items()}
        table_of = {"signed-in page": await _rates(pages), "sign-in": await _rates(sign_ins)}
    _print(table_of)


def _in_memory() -> str | None:
    # What a disk takes to make a file can change fiftyfold from one hour to the next.
    return MEMORY if Path(MEMORY).is_dir() else None


async def _rates(asked: Mapping[str, Iterator[Asked]]) -> dict[str, float]:
    seen: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name, requests in asked.items():
            seen[name].append(await rate(requests, seconds=SECONDS))
    return {name: median(values) for name, values in seen.items()}


async def _signed_in(port: int) -> Asked:
    headers = await once(Asked.post(port, "/login", "name=Ada"))
    cookie = headers["set-cookie"].partition(";")[0]
    return Asked.get(port, "/", cookie=cookie)


def _signing_in(port: int) -> Iterator[Asked]:
    """A thousand people in turn: one who signs in again and again has others of his ended."""
    return cycle([Asked.post(port, "/login", f"name=Ada{number:03}") for number in range(1000)])


@contextmanager
def _serving(contender: Contender, redis_url: str, folder: Path, *, core: int) -> Iterator[int]:
    own = folder / contender.name.replace(" ", "_").replace(",", "")
    own.mkdir()
    environment = {
        "BENCH_REDIS": redis_url,
        "BENCH_STORE": contender.store,
        "BENCH_FOLDER": str(own),
        "QUART_SESSION_TYPE": contender.store,
        "QUART_SESSION_URI": redis_url,
        "QUART_DATA_DIR": str(own),
    }
    with served(python(*contender.command), environment=environment, core=core) as server:
        yield server.port


def _print(rates: dict[str, dict[str, float]]) -> None:
    for what, by_name in rates.items():
        yardstick = by_name[YARDSTICK]
        rows = [
            [name, f"{rate:,.0f}", f"{rate / yardstick:.2f}"]
            for name, rate in sorted(by_name.items(), key=lambda item: -item[1])
        ]
        heads = [f"{what}, one core", "a second", f"against {YARDSTICK}"]
        table(f"Requests a second: {what}", heads, rows)
