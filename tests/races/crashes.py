"""Servers are killed at random moments of a stream of rotations, writes and sign-outs."""

from __future__ import annotations

import asyncio

from tests.races.browser import Browser, Network
from tests.races.shopper import Shopper
from tests.races.tally import Tally

SHOPPERS = 5
LONGEST_BETWEEN_SECONDS = 0.4


async def crash_while_tokens_rotate(network: Network, tally: Tally, kills: int) -> None:
    """So many, each of one process after another."""
    shoppers = [Shopper(network, f"shopper{number}", tally) for number in range(SHOPPERS)]
    is_over = asyncio.Event()

    async def shop(shopper: Shopper) -> None:
        while not is_over.is_set():
            await shopper.go_on()

    async with asyncio.TaskGroup() as group:
        for shopper in shoppers:
            group.create_task(shop(shopper))
        for number in range(kills):
            await asyncio.sleep(network.chance.uniform(0, LONGEST_BETWEEN_SECONDS))
            await network.machines.kill_and_replace(number % len(network.machines))
        is_over.set()
    for shopper in shoppers:
        await shopper.go_on()
        await _check_ended(shopper, network, tally)


async def _check_ended(shopper: Shopper, network: Network, tally: Tally) -> None:
    thief = Browser(network, name="who found old tokens")
    for token in shopper.ended:
        thief.plant(token)
        seen = (await thief.fetch("GET", "/")).json()
        kept = not seen.get("name")
        tally.check(f"no sign-in comes back: {seen}", shopper.browser, thief, kept=kept)
