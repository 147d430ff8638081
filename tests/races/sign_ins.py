"""People sign in and out over a slow network while their pages' scripts write all the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.races.browser import Browser, Network
from tests.races.tally import Tally, each, old_tokens_read_nothing

SCRIPTS = 8
SHORTEST_MS, LONGEST_MS = 5.0, 40.0
BROWSERS_AT_ONCE = 5
THINKS_SECONDS = 0.15
SIGN_INS_EACH_ROUND = 2


async def sign_in_while_scripts_write(
    network: Network, tally: Tally, sign_ins: int, *, says_what_for: bool
) -> None:
    """So many sign-ins; every second one over somebody who is signed in."""
    slow = replace(network, shortest_ms=SHORTEST_MS, longest_ms=LONGEST_MS)

    async def one_round(number: int) -> None:
        browser = Browser(slow, name=f"browser {number}", says_what_for=says_what_for)
        await browser.visit("/enter")
        for name in (f"first-{number}", f"second-{number}"):
            await _sign_in(browser, name, tally)
        await _sign_out(browser, tally)

    await each(sign_ins // SIGN_INS_EACH_ROUND, one_round, at_once=BROWSERS_AT_ONCE)


async def _sign_in(browser: Browser, name: str, tally: Tally) -> None:
    async with _scripts_writing(browser):
        await _think(browser)
        await browser.sign_in(name)
        await _think(browser)
    seen = (await browser.visit("/")).json()
    tally.rounds += 1
    tally.check(f"{name} is signed in: {seen}", browser, kept=seen.get("name") == name)


async def _sign_out(browser: Browser, tally: Tally) -> None:
    held = list(browser.tokens)
    async with _scripts_writing(browser):
        await _think(browser)
        await browser.submit("/logout")
        await _think(browser)
    seen = (await browser.visit("/")).json()
    tally.check(f"nobody is signed in: {seen}", browser, kept=not seen.get("name"))
    await old_tokens_read_nothing(browser, held, tally)


@asynccontextmanager
async def _scripts_writing(browser: Browser) -> AsyncIterator[None]:
    """Within the block the page's scripts ask on; after it, all that was under way has arrived."""
    is_left = asyncio.Event()

    async def script(method: str) -> None:
        while not is_left.is_set():
            await browser.fetch(method, "/beat")

    async with asyncio.TaskGroup() as page:
        for number in range(SCRIPTS):
            page.create_task(script(("GET", "POST")[number % 2]))
        yield
        is_left.set()


async def _think(browser: Browser) -> None:
    await asyncio.sleep(browser.network.chance.uniform(0, THINKS_SECONDS))
