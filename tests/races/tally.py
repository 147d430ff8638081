"""What a series of rounds came to: how many there were, and the story of each that went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from tests.races.browser import Browser

LAST_LINES = 40
MOST_STORIES = 5


@dataclass(slots=True, kw_only=True)
class Tally:
    """Of one scenario in one variant."""

    rounds: int = 0
    requests: int = 0
    refused: int = 0
    """Requests that were answered with an error, and may be sent again."""
    broken: int = 0
    stories: list[str] = field(default_factory=list)

    def check(self, promise: str, *browsers: Browser, kept: bool) -> None:
        """Note the story, unless the promise was kept."""
        if kept:
            return
        self.broken += 1
        if len(self.stories) < MOST_STORIES:
            self.stories.append("\n".join([f"NOT SO: {promise}", *_told_by(browsers)]))

    def __str__(self) -> str:
        return "\n\n".join([f"{self.broken} of {self.rounds} rounds went wrong", *self.stories])


def _told_by(browsers: Iterable[Browser]) -> list[str]:
    lines = []
    for browser in browsers:
        lines.append(f"  {browser.name}:")
        hidden = len(browser.story) - LAST_LINES
        if hidden > 0:
            lines.append(f"    ... after {hidden} more")
        lines += [f"    {line}" for line in browser.story[-LAST_LINES:]]
    return lines


async def each(count: int, act: Callable[[int], Awaitable[None]], *, at_once: int) -> None:
    """Do it so many times, some at once."""
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await act(number)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(work())


async def old_tokens_read_nothing(browser: Browser, tokens: Iterable[str], tally: Tally) -> None:
    """Somebody finds tokens that this browser had, and tries them."""
    thief = Browser(browser.network, name="who found old tokens")
    for token in tokens:
        thief.plant(token)
        seen = (await thief.fetch("GET", "/")).json()
        kept = not seen.get("name")
        tally.check(f"an old token reads nothing: {seen}", browser, thief, kept=kept)
