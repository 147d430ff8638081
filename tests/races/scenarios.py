"""Every scenario by name, and how often it is told in short and at length."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from tests.races.browser import Network
from tests.races.crashes import crash_while_tokens_rotate
from tests.races.machines import Machines
from tests.races.planted import sign_in_under_a_planted_token
from tests.races.rotations import rotate
from tests.races.sign_ins import sign_in_while_scripts_write
from tests.races.tally import Tally
from tests.races.twice import STORIES, sign_in_by
from tests.races.wire import Connections

Told = Callable[[Network, Tally, int], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One of them."""

    tell: Told
    short: int
    long: int


SCENARIOS: dict[str, Scenario] = {
    "rotations, until the window closes": Scenario(
        tell=partial(rotate, remembers=False), short=48, long=3_000
    ),
    "rotations, permanent": Scenario(tell=partial(rotate, remembers=True), short=48, long=3_000),
    "sign-ins, fetch metadata": Scenario(
        tell=partial(sign_in_while_scripts_write, says_what_for=True), short=10, long=120
    ),
    "sign-ins, Accept only": Scenario(
        tell=partial(sign_in_while_scripts_write, says_what_for=False), short=10, long=120
    ),
    **{
        title: Scenario(tell=partial(sign_in_by, title=title), short=20, long=1_000)
        for title in STORIES
    },
    "planted token": Scenario(tell=sign_in_under_a_planted_token, short=6, long=200),
    "kill -9": Scenario(tell=crash_while_tokens_rotate, short=2, long=40),
}


async def tell(scenario: Scenario, machines: Machines, times: int, *, seed: int) -> Tally:
    """What came of it."""
    tally = Tally()
    async with network_to(machines, seed=seed) as network:
        await scenario.tell(network, tally, times)
        tally.requests = network.connections.asked
    return tally


@asynccontextmanager
async def network_to(machines: Machines, *, seed: int) -> AsyncIterator[Network]:
    """Without delays."""
    async with Connections.opened() as connections:
        yield Network(machines=machines, connections=connections, chance=random.Random(seed))
