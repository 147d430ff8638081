"""Signing in twice at once, again after a lost answer, or just after a sign-out elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

from tests.races.browser import Browser, Network
from tests.races.tally import Tally, each

AT_ONCE = 6
LONGEST_MS = 3.0
HELD_BEFORE = ("no cookie", "a visitor's", "another's", "the same one's", "an ended one's")

Story = Callable[[Browser, str], Awaitable[None]]


async def double_click(browser: Browser, name: str) -> None:
    """Two requests at once. Browsers throw away the first answer, if it has not come yet."""
    is_taken_in = browser.network.chance.random() < 0.5
    asked: list[Coroutine[Any, Any, object]] = [
        browser.sign_in(name, takes_answer=is_taken_in),
        browser.sign_in(name),
    ]
    if browser.token is not None:  # without one, a script would begin a session of its own
        asked += [browser.fetch("POST", "/beat"), browser.fetch("GET", "/beat")]
    await asyncio.gather(*asked)


async def lost_answer(browser: Browser, name: str) -> None:
    """The sign-in's answer is lost, and the form is sent again."""
    await browser.sign_in(name, takes_answer=False)
    if browser.network.chance.random() < 0.5:
        await browser.sign_in(name, takes_answer=False)
    await browser.sign_in(name)


async def after_an_admin_ended_it(browser: Browser, name: str) -> None:
    """An admin signs them out everywhere, and they sign in again at once."""
    await browser.sign_in(name)
    admin = Browser(browser.network, name="admin")
    await asyncio.gather(admin.submit(f"/end/{name}"), browser.fetch("POST", "/beat"))
    await _sign_in_among_scripts(browser, name)


async def after_another_device_ended_it(browser: Browser, name: str) -> None:
    """They sign out everywhere else on another device, and sign in again here at once."""
    await browser.sign_in(name)
    device = Browser(browser.network, name="another device")
    await device.sign_in(name)
    await asyncio.gather(device.submit("/elsewhere"), browser.fetch("POST", "/beat"))
    await _sign_in_among_scripts(browser, name)


STORIES: dict[str, tuple[Story, ...]] = {
    "double click": (double_click,),
    "lost answer": (lost_answer,),
    "signed out elsewhere": (after_an_admin_ended_it, after_another_device_ended_it),
}


async def sign_in_by(network: Network, tally: Tally, rounds: int, *, title: str) -> None:
    """Tell one of `STORIES` so many times, each time with another cookie in the browser."""
    near = replace(network, longest_ms=LONGEST_MS)
    stories = STORIES[title]

    async def one_round(number: int) -> None:
        name = f"{title.replace(' ', '-')}-{number}"
        browser = Browser(near, name=f"browser of {name}")
        held = HELD_BEFORE[number % len(HELD_BEFORE)]
        await _put_in(browser, held, name)
        await stories[number % len(stories)](browser, name)
        seen = (await browser.visit("/")).json()
        tally.rounds += 1
        kept = seen.get("name") == name
        tally.check(f"{name} is signed in, who held {held}: {seen}", browser, kept=kept)

    await each(rounds, one_round, at_once=AT_ONCE)


async def _put_in(browser: Browser, held: str, name: str) -> None:
    """Have the browser hold such a cookie."""
    match held:
        case "a visitor's":
            await browser.visit("/enter")
        case "another's":
            await browser.sign_in(f"before-{name}")
        case "the same one's":
            await browser.sign_in(name)
        case "an ended one's":
            await browser.sign_in(f"before-{name}")
            await Browser(browser.network, name="admin").submit(f"/end/before-{name}")


async def _sign_in_among_scripts(browser: Browser, name: str) -> None:
    await asyncio.gather(
        browser.sign_in(name),
        browser.fetch("POST", "/beat"),
        browser.fetch("GET", "/beat"),
    )
