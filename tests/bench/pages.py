"""How many pages, sign-ins, files a second one core serves, beside what others use; and how long a
page takes while thousands of connections rest."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.contenders import (
    CROWDED,
    EXPRESS,
    GRANIAN,
    HYPERCORN,
    LOGGED,
    LOGINS,
    METERED,
    ON_FILES,
    ON_REDIS,
    ON_UVICORN,
    OUR_FRONT,
    OWN_PAGE,
    OWN_WITH_LOGIN,
    PAGES_ONLY,
    STARSESSIONS,
    TRIVIAL,
    UVICORN,
    Contender,
)
from tests.bench.holding import Holder
from tests.bench.load import Asked, once, text_of
from tests.bench.served import allow_many_descriptors, cores, in_memory
from tests.bench.table import table
from tests.bench.wrk import Load, check_there, load
from tests.kit.processes import Program
from tests.kit.redis import RedisServer

PAGE, SIGN_IN, FILE = "signed-in page", "sign-in", "static file"
HEALTH, BYTES = "/healthz", "a few bytes"
PEOPLE = 1000  # one who signs in again and again has others of his ended

Subject = tuple[str, Contender]
"""What is asked for, and of whom."""


@dataclass(frozen=True, slots=True)
class Goal:
    """How many times another's rate one's is to be."""

    one: Subject
    other: Subject
    at_least: float | None


GOALS = (
    *(
        Goal((what, one), (what, other), at_least)
        for what, other, at_least in (
            (PAGE, ON_UVICORN, 1.1),
            (PAGE, STARSESSIONS, 1.1),
            (PAGE, EXPRESS, 1.0),
            (SIGN_IN, ON_UVICORN, 1.0),
        )
        for one in (ON_FILES, ON_REDIS)
    ),
    Goal((BYTES, OUR_FRONT), (BYTES, UVICORN), 1.3),
    Goal((BYTES, OUR_FRONT), (BYTES, GRANIAN), None),
    Goal((HEALTH, ON_FILES), (HEALTH, HYPERCORN), 3.0),
    Goal((FILE, ON_FILES), (PAGE, ON_FILES), 4.0),
    Goal((PAGE, OWN_WITH_LOGIN), (PAGE, OWN_PAGE), 0.97),
    Goal((PAGE, LOGGED), (PAGE, ON_FILES), 0.95),
    Goal((PAGE, METERED), (PAGE, ON_FILES), 0.97),
)
MOST_P99 = 1.2


def run(*, seconds: int, rounds: int, connections: int) -> None:
    """Start them all on one core, ask from the other, in turns, and print."""
    check_there()
    allow_many_descriptors()
    server_core, client_core = cores()
    os.sched_setaffinity(0, {client_core})  # and Redis, which is started from here
    with ExitStack() as stack:
        redis = stack.enter_context(RedisServer.running())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-", dir=in_memory())))

        def start(contender: Contender) -> Program:
            return stack.enter_context(contender.serving(redis.url, folder, core=server_core))

        servers = {
            each: start(each) for each in _present((*LOGINS, *PAGES_ONLY, *TRIVIAL, HYPERCORN))
        }
        servers[CROWDED] = crowded = start(CROWDED)
        holder = stack.enter_context(Holder.running(core=client_core))
        holder.open(crowded.port, [_health(crowded).data] * connections, until=b"alive")
        asked = asyncio.run(_asked(servers))
        loads = _measured(servers, asked, seconds=seconds, rounds=rounds)
        holder.check_open()
        asyncio.run(_check_signed_in(asked))
    _print_rates(loads)
    _print_goals(loads, connections)


def _present(contenders: Iterable[Contender]) -> Sequence[Contender]:
    present = []
    for each in contenders:
        if (cure := each.lacks) is None:
            present.append(each)
        else:
            print(f"without {each.name}: {cure}")
    return present


async def _asked(servers: Mapping[Contender, Program]) -> Mapping[Subject, Sequence[Asked]]:
    asked: dict[Subject, Sequence[Asked]] = {}
    for each in (CROWDED, *PAGES_ONLY):
        asked[PAGE, each] = [await _signed_in(servers[each])]
    for each in LOGINS:
        if (server := servers.get(each)) is not None:
            asked[PAGE, each] = [await _signed_in(server)]
            asked[SIGN_IN, each] = [_signing_in(server, number) for number in range(PEOPLE)]
    asked[FILE, ON_FILES] = [Asked.get(servers[ON_FILES].port, "/static/style.css")]
    for each in (ON_FILES, HYPERCORN):
        asked[HEALTH, each] = [_health(servers[each])]
    for each in TRIVIAL:
        asked[BYTES, each] = [Asked.get(servers[each].port, "/")]
    return asked


def _health(server: Program) -> Asked:
    return Asked.get(server.port, "/healthz")


def _signing_in(server: Program, number: int) -> Asked:
    return Asked.post(server.port, "/login", f"name=Ada{number:03}&password=x")


async def _signed_in(server: Program) -> Asked:
    headers = await once(_signing_in(server, 0))
    return Asked.get(server.port, "/", cookie=headers["set-cookie"].partition(";")[0])


async def _check_signed_in(asked: Mapping[Subject, Sequence[Asked]]) -> None:
    """Raises unless every page that was measured is still that of somebody."""
    for (what, who), (first, *_) in asked.items():
        if what == PAGE and "Ada000" not in await text_of(first):
            raise RuntimeError(f"{who} does not know who is signed in any more")


def _measured(
    servers: Mapping[Contender, Program],
    asked: Mapping[Subject, Sequence[Asked]],
    *,
    seconds: int,
    rounds: int,
) -> Mapping[Subject, Load]:
    """In turns, so that a busy moment of the machine falls on all."""
    seen: defaultdict[Subject, list[Load]] = defaultdict(list)
    for _ in range(rounds):
        for (what, who), requests in asked.items():
            seen[what, who].append(load(servers[who], requests, seconds=seconds))
    return {subject: Load.median_of(loads) for subject, loads in seen.items()}


def _print_rates(loads: Mapping[Subject, Load]) -> None:
    for what in dict.fromkeys(what for what, _ in loads):
        rows = [
            [who.name, f"{load.rate:,.0f}", f"{load.cost * 1e6:,.0f}", f"{load.p99 * 1e3:.1f}"]
            for (kind, who), load in sorted(loads.items(), key=lambda item: -item[1].rate)
            if kind == what
        ]
        heads = ["one core", "a second", "microseconds of the core for each", "p99, milliseconds"]
        table(f"Requests: {what}", heads, rows)


def _print_goals(loads: Mapping[Subject, Load], connections: int) -> None:
    rows = [
        [
            f"{goal.one[0]}, {goal.one[1].name}",
            f"{goal.other[0]}, {goal.other[1].name}",
            f"{loads[goal.one].rate / loads[goal.other].rate:.2f}",
            "" if goal.at_least is None else f"≥ {goal.at_least}",
        ]
        for goal in GOALS
        if goal.other in loads
    ]
    among, alone = loads[PAGE, CROWDED].p99, loads[PAGE, ON_FILES].p99
    what = f"p99 of a page beside {connections:,} resting connections"
    rows.append([what, "none", f"{among / alone:.2f}", f"≤ {MOST_P99}"])
    table("To reach, each in this run", ["", "against", "times", "to reach"], rows)
