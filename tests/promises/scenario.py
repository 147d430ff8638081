"""A story that puts a promise to the test, and how most of them begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.promises.operations import Operation, Regenerate
from tests.promises.promise import Promise
from tests.promises.world import Browser, World

Begin = Callable[[World], Browser]
Make = Callable[[World, Browser], Operation]


@dataclass(frozen=True)
class Scenario:
    """One story, and what a library must have for it to be told."""

    promise: Promise
    tell: Callable[[World], None]
    needs_regenerate: bool = False
    needs_clock: bool = False
    needs_lost_answers: bool = False
    needs_named_owner: bool = False
    needs_end_all: bool = False

    def can_be_told(self, world: World) -> bool:
        """Whether the library has what the story is about."""
        adapter = world.adapter
        return (
            (adapter.can_regenerate or not self.needs_regenerate)
            and (adapter.idle is not None or not self.needs_clock)
            and (adapter.can_lose_answers or not self.needs_lost_answers)
            and (adapter.can_end_all or not self.needs_end_all)
            and not (adapter.guesses_owner and self.needs_named_owner)
        )


def visiting(world: World, name: str = "one") -> Browser:
    """A browser of somebody who has stored something and is not signed in."""
    browser = Browser(name)
    world.do(browser, world.change("cart"))
    return browser


def signed_in(world: World, name: str = "one") -> Browser:
    """A browser of somebody who is signed in."""
    browser = Browser(name)
    world.do(browser, world.sign_in(browser))
    return browser


def sign_in(world: World, browser: Browser) -> Operation:
    """As the browser's own user."""
    return world.sign_in(browser)


def regenerate(world: World, browser: Browser) -> Operation:
    """A new token."""
    return Regenerate()
