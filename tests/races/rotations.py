"""Tokens are renewed while scripts write: every change that was answered is there afterwards."""

from __future__ import annotations

import asyncio

from tests.races.browser import Browser, Network
from tests.races.tally import Tally, each, old_tokens_read_nothing
from tests.races.wire import Answer

WRITERS = 3
WRITES = 2
ROUNDS_EACH = 6
BROWSERS_AT_ONCE = 6
# Long enough for a rotation to be under way, over, or not begun.
JITTER_SECONDS = 0.004
RENEWALS = ("/renew", "/renew", "/renew/slowly")
TWICE = 0.3


async def rotate(network: Network, tally: Tally, rotations: int, *, remembers: bool) -> None:
    """So many rotations, each against three writers of the same browser."""
    length = "permanent" if remembers else "window"

    async def one_browser(number: int) -> None:
        owner = f"{length}-{number}"
        browser = Browser(network, name=f"browser of {owner}")
        remember = {"remember": "on"} if remembers else {}
        await browser.submit("/login", {"name": owner, **remember})
        for turn in range(ROUNDS_EACH):
            await _one_rotation(browser, owner, turn, tally)
        await _count(browser, owner, tally, expected=1)
        await _leave(browser, owner, tally)

    await each(rotations // ROUNDS_EACH, one_browser, at_once=BROWSERS_AT_ONCE)


async def _one_rotation(browser: Browser, owner: str, turn: int, tally: Tally) -> None:
    chance = browser.network.chance
    asked = chance.choices(RENEWALS, k=2 if chance.random() < TWICE else 1)
    fields = [f"field{number}" for number in range(WRITERS)]
    answers, written = await asyncio.gather(
        asyncio.gather(*(_after_a_moment(browser, path) for path in asked)),
        asyncio.gather(*(_write(browser, field, turn) for field in fields)),
    )

    seen = (await browser.visit("/")).json()
    expected = {field: last for field, last in zip(fields, written, strict=True) if last}
    lost = [field for field, last in expected.items() if seen.get(field) != last]
    tally.rounds += 1
    tally.refused += sum(answer.status != 200 for answer in answers) + len(fields) - len(expected)
    tally.check("the session is not lost", browser, kept=seen.get("name") == owner)
    tally.check(f"no answered change is missing: {lost} of {seen}", browser, kept=not lost)


async def _leave(browser: Browser, owner: str, tally: Tally) -> None:
    """Sign out while the token is renewed: no token that ever was reads anything."""
    await asyncio.gather(
        *(_after_a_moment(browser, path) for path in ("/renew", "/logout", "/keep/field0/last"))
    )
    # Where the owner is guessed, what is left is the visitor's: the next answer gives it a token.
    await browser.visit("/")
    await _count(browser, owner, tally, expected=0)
    await old_tokens_read_nothing(browser, browser.tokens[-3:], tally)


async def _count(browser: Browser, owner: str, tally: Tally, *, expected: int) -> None:
    left = (await browser.visit(f"/sessions/{owner}")).json()
    tally.check(f"{expected} sessions are left, not {left}", browser, kept=left == expected)


async def _write(browser: Browser, field: str, turn: int) -> str | None:
    """A script stores something, and then something newer; what must be there in the end, if the
    answers say that it is."""
    for step in range(WRITES):
        answer = await _after_a_moment(browser, f"/keep/{field}/{turn}.{step}")
    return f"{turn}.{step}" if answer.status == 200 else None


async def _after_a_moment(browser: Browser, path: str) -> Answer:
    await asyncio.sleep(browser.network.chance.uniform(0, JITTER_SECONDS))
    return await browser.fetch("POST", path)
