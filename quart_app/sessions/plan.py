"""Decides at the end of a request what becomes of the session; does no I/O.

| after the handler                        | step    | cookie                        |
|------------------------------------------|---------|-------------------------------|
| nothing stored, new visitor              | NOTHING | -                             |
| unchanged, seen recently                 | NOTHING | -                             |
| unchanged, not seen for a while          | TOUCH   | renewed if it carries Max-Age |
| changed                                  | PATCH   | the same                      |
| new, with data                           | CREATE  | set                           |
| signed in, or `regenerate()`             | ROTATE  | set                           |
| emptied, or signed out                   | DELETE  | cleared                       |
| signed out, with something left to say   | ROTATE  | set                           |
| the record turns out to be gone          | -       | cleared at the next visit     |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from quart_app.errors import NoCookiePossible
from quart_app.sessions.record import Lifetime, Record

# Unchanged sessions are noted as seen this many times in their idle lifetime, not at each request.
TOUCHES_PER_IDLE_LIFETIME = 10


class Step(Enum):
    """What is to be done in the store."""

    NOTHING = auto()
    TOUCH = auto()
    PATCH = auto()
    CREATE = auto()
    ROTATE = auto()
    DELETE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A session as the handler left it."""

    record: Record | None
    owner_before: str | None
    owner: str | None
    names: frozenset[str]
    meaning: frozenset[str]
    """Those names that hold something; an owner key that says "nobody" does not."""
    stored: frozenset[str]
    """Names that this request stored something under for the present owner, or for nobody."""
    set: Mapping[str, bytes]
    unset: frozenset[str]
    lifetime: Lifetime | None = None
    """New clocks, if the handler turned them."""
    wants_new_token: bool = False
    wants_touch: bool = False
    renews_when_read: bool = True
    failed: bool = False
    """The answer is a 5xx: the request counts as not having happened, but for a sign-out."""
    can_set_cookie: bool = True
    """Not so for a websocket, nor once the answer has left."""

    @property
    def owner_left(self) -> bool:
        """Whether the session is no longer that of the owner it had."""
        return self.owner_before is not None and self.owner != self.owner_before

    @property
    def signs_in(self) -> bool:
        """Whether somebody is signed in now who was not before."""
        return self.owner is not None and self.owner != self.owner_before


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do, and for a new record which of the values go into it."""

    step: Step
    carried: frozenset[str] = field(default_factory=frozenset)
    restarts_clocks: bool = False


def decide(facts: Facts, *, now: float) -> Plan:
    """The step that these facts call for. Raises `NoCookiePossible`."""
    plan = _decide(facts, now=now)
    if plan.step in (Step.CREATE, Step.ROTATE) and not facts.can_set_cookie:
        if facts.owner_left and facts.owner is None:
            return Plan(step=Step.DELETE)  # the sign-out itself needs no cookie
        raise NoCookiePossible(
            "a new session or a new token needs a cookie, which only an answer over HTTP carries: "
            "sign in, or regenerate, there"
        )
    return plan


def _decide(facts: Facts, *, now: float) -> Plan:
    record = facts.record
    if record is None:
        return _for_new_visitor(facts)
    if facts.failed and not facts.owner_left:
        return Plan(step=Step.NOTHING)
    if not facts.meaning:
        return Plan(step=Step.DELETE)
    if facts.owner_left:
        return _after_owner_left(facts)
    if facts.signs_in:
        # Only signing in starts the absolute lifetime anew.
        return Plan(step=Step.ROTATE, carried=facts.names, restarts_clocks=True)
    if facts.wants_new_token:
        return Plan(step=Step.ROTATE, carried=facts.names)
    if facts.set or facts.unset or facts.lifetime:
        return Plan(step=Step.PATCH)
    if facts.wants_touch or (facts.renews_when_read and is_touch_due(record, now)):
        return Plan(step=Step.TOUCH)
    return Plan(step=Step.NOTHING)


def _for_new_visitor(facts: Facts) -> Plan:
    if facts.failed or not facts.meaning:
        return Plan(step=Step.NOTHING)
    return Plan(step=Step.CREATE, carried=facts.names, restarts_clocks=True)


def _after_owner_left(facts: Facts) -> Plan:
    # What the session held belongs to the one who left. Only what this very request stored goes
    # on: "you have been signed out", or the entry of somebody else who signs in.
    carried = facts.meaning & facts.stored
    if facts.owner is None and (facts.failed or not carried):
        return Plan(step=Step.DELETE)
    if facts.failed:
        return Plan(step=Step.NOTHING)
    return Plan(step=Step.ROTATE, carried=carried, restarts_clocks=True)


def is_touch_due(record: Record, now: float) -> bool:
    """Whether it is time to note that somebody comes by."""
    pause = record.lifetime.idle.total_seconds() / TOUCHES_PER_IDLE_LIFETIME
    return now - record.seen_at >= pause
