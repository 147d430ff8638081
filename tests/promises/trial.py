"""Puts one library to the test: every story, and then as many random schedules as wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.promises.adapter import Adapter
from tests.promises.machine import search
from tests.promises.promise import Broken, Promise
from tests.promises.scenario import Scenario
from tests.promises.scenarios import SCENARIOS
from tests.promises.world import World


@dataclass(frozen=True)
class Verdict:
    """Whether a promise was kept; `None` if the library has nothing that could break it."""

    promise: Promise
    kept: bool | None
    why: str = ""
    story: tuple[str, ...] = ()


def tell(scenario: Scenario, mount: Callable[[], Adapter]) -> Verdict:
    """One story told to one library."""
    world = World(mount(), [scenario.promise])
    try:
        if not scenario.can_be_told(world):
            return Verdict(scenario.promise, None)
        scenario.tell(world)
        world.check()
    except Broken as broken:
        return Verdict(scenario.promise, False, broken.why, tuple(world.story.lines()))
    finally:
        world.close()
    return Verdict(scenario.promise, True)


def verdict_on(promise: Promise, mount: Callable[[], Adapter]) -> Verdict:
    """The first story about this promise that breaks it, or that none does."""
    told = [tell(scenario, mount) for scenario in SCENARIOS if scenario.promise is promise]
    ranked = sorted(told, key=lambda verdict: {False: 0, True: 1, None: 2}[verdict.kept])
    return ranked[0]


def try_all(mount: Callable[[], Adapter], *, examples: int = 0) -> dict[Promise, Verdict]:
    """A verdict on each promise. What no story breaks, random schedules may."""
    with _quiet():
        verdicts = {promise: verdict_on(promise, mount) for promise in Promise}
        kept = [promise for promise, verdict in verdicts.items() if verdict.kept]
        try:
            if examples:
                search(mount, kept, examples=examples)
        except Broken as broken:
            story = tuple(broken.__notes__[-1].splitlines())
            verdicts[broken.promise] = Verdict(broken.promise, False, broken.why, story)
    return verdicts


@contextmanager
def _quiet() -> Iterator[None]:
    """What the libraries log of their own troubles is in the verdicts already."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
