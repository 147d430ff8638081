"""Decides at the end of a request what becomes of the session; does no I/O.

| after the handler                        | step    | cookie                           |
|------------------------------------------|---------|----------------------------------|
| nothing stored, new visitor              | NOTHING | -                                |
| unchanged, seen recently                 | NOTHING | -                                |
| unchanged, not seen for a while          | TOUCH   | with Max-Age: told again         |
| changed                                  | PATCH   | with Max-Age: again after a while |
| new, with data                           | CREATE  | set                              |
| signed in, or `regenerate()`             | ROTATE  | set                              |
| emptied, or signed out                   | DELETE  | cleared                          |
| signed out, with something left to say   | ROTATE  | set                              |
| signed out, as far as can be guessed     | ROTATE  | set                              |
| the record moved or ended meanwhile      | -       | left alone, see `following`      |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from quart_app.errors import NoCookiePossible
from quart_app.sessions.held.facts import Facts
from quart_app.sessions.stores.record import Record

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
class Plan:
    """What to do; which of the values go into a new record, or are to be patched."""

    step: Step
    carried: frozenset[str] = field(default_factory=frozenset)
    makes_rotation_due: bool = False


def decide(facts: Facts, *, now: float) -> Plan:
    """The step that these facts call for. Raises `NoCookiePossible`."""
    plan = _decide(facts, now=now)
    if plan.step not in (Step.CREATE, Step.ROTATE) or facts.can_set_cookie:
        return plan
    if facts.owner_left and facts.owner is None:
        # The sign-out itself needs no cookie.
        return Plan(step=Step.DELETE) if facts.takes_everything else _patch_now(facts)
    if facts.looks_signed_in and not (facts.wants_new_token or facts.owner_changes):
        return _patch_now(facts)
    raise NoCookiePossible(
        "a new session or a new token needs a cookie, which only an answer over HTTP carries: "
        "sign in, or regenerate, there"
    )


def _decide(facts: Facts, *, now: float) -> Plan:
    record = facts.record
    if record is None:
        return _for_new_visitor(facts)
    if facts.failed and not facts.owner_left:
        return Plan(step=Step.NOTHING)
    if not facts.meaning:
        return Plan(step=Step.DELETE)
    if facts.takes_everything:
        return _after_owner_left(facts)
    if facts.failed:
        # The request counts as not having happened, but for the sign-out.
        is_sign_out = facts.owner is None
        return _patch_now(facts, only=facts.owner_keys) if is_sign_out else Plan(step=Step.NOTHING)
    is_due = facts.is_rotation_due and facts.can_set_cookie
    if facts.signs_in or facts.owner_left or facts.wants_new_token or is_due:
        return Plan(step=Step.ROTATE, carried=facts.names)
    if facts.set or facts.unset or facts.lifetime:
        return Plan(step=Step.PATCH, carried=facts.names | facts.unset)
    if facts.wants_touch or (facts.renews_when_read and is_touch_due(record, now)):
        return Plan(step=Step.TOUCH)
    return Plan(step=Step.NOTHING)


def _patch_now(facts: Facts, *, only: frozenset[str] | None = None) -> Plan:
    """Store it under the token that there is; the next answer that can gives a new one."""
    names = facts.names | facts.unset
    patched = names if only is None else names & only
    return Plan(step=Step.PATCH, carried=patched, makes_rotation_due=True)


def _for_new_visitor(facts: Facts) -> Plan:
    if facts.failed or not facts.meaning:
        return Plan(step=Step.NOTHING)
    return Plan(step=Step.CREATE, carried=facts.names)


def _after_owner_left(facts: Facts) -> Plan:
    # What the session held belongs to the owner who left. Only what this very request stored goes
    # on: "you have been signed out", or the entry of another owner who signs in.
    carried = facts.meaning & facts.stored
    if facts.owner is None and (facts.failed or not carried):
        return Plan(step=Step.DELETE)
    if facts.failed:
        return Plan(step=Step.NOTHING)
    return Plan(step=Step.ROTATE, carried=carried)


def is_touch_due(record: Record, now: float) -> bool:
    """Whether it is time to note that the visitor comes by."""
    pause = record.lifetime.idle.total_seconds() / TOUCHES_PER_IDLE_LIFETIME
    return now - record.seen_at >= pause


def is_cookie_due(record: Record, seen_before: float) -> bool:
    """Whether a cookie that carries Max-Age has to be told again: once in each tenth of its time,
    at the first answer, and not with each write. A cookie that comes late replaces a newer one."""
    pause = record.lifetime.idle.total_seconds() / TOUCHES_PER_IDLE_LIFETIME
    start = record.created_at
    return (record.seen_at - start) // pause > (seen_before - start) // pause
