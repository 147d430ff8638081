"""What becomes of a session is decided as the table says, for every state it can be in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quart_app.errors import NoCookiePossible
from quart_app.sessions.held.facts import Facts
from quart_app.sessions.saving.plan import Step, decide
from quart_app.sessions.stores.record import Lifetime, Record

NOW = 1_000_000.0
IDLE = timedelta(seconds=1000)
LIFETIME = Lifetime(idle=IDLE, ends_at=NOW + 5000)
RECORD = Record(key="0" * 64, fields={}, created_at=NOW - 500, seen_at=NOW - 99, lifetime=LIFETIME)
DUE = replace(RECORD, seen_at=NOW - 100)
LONGER = replace(LIFETIME, idle=2 * IDLE)
ANY_RECORD = (None, RECORD, DUE)


def facts(record: Record | None, **changed: Any) -> Facts:
    """A session that holds a cart and belongs to nobody, changed as said."""
    base: dict[str, Any] = {
        "record": record,
        "owner_before": None,
        "owner": None,
        "owner_keys": frozenset({"name"}),
        "values": {"cart": b"old"},
        "meaning": frozenset({"cart"}),
        "stored": frozenset(),
        "set": {},
        "unset": frozenset(),
    }
    return Facts(**(base | changed))


def of(*names: str) -> dict[str, Any]:
    """A session that holds just these."""
    return {"values": dict.fromkeys(names, b"old"), "meaning": frozenset(names)}


def stored(*names: str) -> dict[str, Any]:
    """The handler stored these, in place of something else."""
    return {"stored": frozenset(names), "set": dict.fromkeys(names, b"new")}


ADA: dict[str, Any] = {"owner_before": "ada", "owner": "ada", **of("name", "cart")}
SIGN_IN: dict[str, Any] = {"owner": "ada", **of("name", "cart"), **stored("name")}
SIGN_OUT: dict[str, Any] = {"owner_before": "ada", "unset": frozenset({"name"})}
FLASHED: dict[str, Any] = {**of("cart", "_flashes"), **stored("_flashes")}
NOBODY: dict[str, Any] = {"values": {"name": b"null"}, "meaning": frozenset()}
SWITCH: dict[str, Any] = {"owner_before": "ada", "owner": "bob", **of("name", "cart")}


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    facts: Facts
    step: Step
    carried: frozenset[str] = frozenset()


KEPT = frozenset({"cart"})
BOTH = frozenset({"name", "cart"})
NEW = {"set": {"cart": b"1"}, "stored": KEPT}

TABLE = {
    "new visitor, nothing stored": Case(facts(None, **of()), Step.NOTHING),
    "new visitor, who says nobody": Case(facts(None, **NOBODY), Step.NOTHING),
    "unchanged, seen recently": Case(facts(RECORD), Step.NOTHING),
    "unchanged, seen a tenth of the idle time ago": Case(facts(DUE), Step.TOUCH),
    "the same, not renewed by reading": Case(facts(DUE, renews_when_read=False), Step.NOTHING),
    "unchanged, marked as modified": Case(facts(RECORD, wants_touch=True), Step.TOUCH),
    "changed": Case(facts(RECORD, **NEW), Step.PATCH),
    "an entry dropped": Case(facts(RECORD, unset=frozenset({"lang"})), Step.PATCH),
    "clocks turned": Case(facts(RECORD, lifetime=LONGER), Step.PATCH),
    "new with data": Case(facts(None, **NEW), Step.CREATE, KEPT),
    "new, and signed in": Case(facts(None, **SIGN_IN), Step.CREATE, BOTH),
    "signed in": Case(facts(RECORD, **SIGN_IN), Step.ROTATE, BOTH),
    "regenerated": Case(facts(RECORD, wants_new_token=True), Step.ROTATE, KEPT),
    "regenerated while signed in": Case(
        facts(RECORD, **ADA, wants_new_token=True), Step.ROTATE, BOTH
    ),
    "regenerated before there is anything": Case(
        facts(None, **of(), wants_new_token=True), Step.NOTHING
    ),
    "emptied": Case(facts(RECORD, **of(), unset=KEPT), Step.DELETE),
    "emptied but for a word that says nobody": Case(facts(RECORD, **NOBODY), Step.DELETE),
    "signed out, with the last one's cart": Case(facts(RECORD, **SIGN_OUT), Step.DELETE),
    "signed out, with something left to say": Case(
        facts(RECORD, **{**SIGN_OUT, **FLASHED}), Step.ROTATE, frozenset({"_flashes"})
    ),
    "somebody else signs in": Case(
        facts(RECORD, **SWITCH, **stored("name")), Step.ROTATE, frozenset({"name"})
    ),
    "somebody else signs in, and stores what was there before": Case(
        facts(RECORD, **{**SWITCH, **stored("name"), "stored": BOTH}), Step.ROTATE, BOTH
    ),
    "failed, new with data": Case(facts(None, **NEW, failed=True), Step.NOTHING),
    "failed, changed": Case(facts(RECORD, **NEW, failed=True), Step.NOTHING),
    "failed, a touch due": Case(facts(DUE, failed=True), Step.NOTHING),
    "failed, signed in": Case(facts(RECORD, **SIGN_IN, failed=True), Step.NOTHING),
    "failed, regenerated": Case(facts(RECORD, wants_new_token=True, failed=True), Step.NOTHING),
    "failed, emptied by a visitor": Case(facts(RECORD, **of(), failed=True), Step.NOTHING),
    "failed, signed out": Case(facts(RECORD, **SIGN_OUT, failed=True), Step.DELETE),
    "failed, signed out with something to say": Case(
        facts(RECORD, **{**SIGN_OUT, **FLASHED}, failed=True), Step.DELETE
    ),
    "failed, somebody else signs in": Case(
        facts(RECORD, **SWITCH, **stored("name"), failed=True), Step.NOTHING
    ),
}


@pytest.mark.parametrize("case", TABLE.values(), ids=TABLE.keys())
def test_the_table_holds(case: Case) -> None:
    plan = decide(case.facts, now=NOW)

    assert plan.step is case.step
    assert not plan.makes_rotation_due
    if plan.step in (Step.CREATE, Step.ROTATE):
        assert plan.carried == case.carried


@pytest.mark.parametrize("name", ["new with data", "signed in", "regenerated"])
def test_a_new_token_is_refused_where_no_cookie_can_be_set(name: str) -> None:
    case = replace(TABLE[name].facts, can_set_cookie=False)

    with pytest.raises(NoCookiePossible, match="over HTTP"):
        decide(case, now=NOW)


def test_signing_out_needs_no_cookie_even_with_something_left_to_say() -> None:
    case = replace(TABLE["signed out, with something left to say"].facts, can_set_cookie=False)

    assert decide(case, now=NOW).step is Step.DELETE


NAMES = st.frozensets(st.sampled_from(["name", "cart", "lang", "_flashes"]))
OWNERS = st.sampled_from([None, "ada", "bob"])


# A busy machine is no failure.
steadily = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def any_facts(draw: st.DrawFn, *, records: tuple[Record | None, ...] = ANY_RECORD) -> Facts:
    """All that a handler can leave behind, and whatever the answer was."""
    record = draw(st.sampled_from(records))
    names = draw(NAMES)
    owner = draw(OWNERS) if "name" in names else None
    # Whatever is new was stored, or changed deep inside.
    changed = draw(NAMES) & names if record else names
    return Facts(
        record=record,
        owner_before=draw(OWNERS) if record else None,
        owner=owner,
        owner_keys=frozenset({"name"}),
        values=dict.fromkeys(names, b"new"),
        meaning=names if owner else names - {"name"},
        stored=draw(NAMES) & names,
        set=dict.fromkeys(changed, b"new"),
        unset=draw(NAMES) - names if record else frozenset(),
        lifetime=draw(st.sampled_from([None, LONGER])) if record else None,
        wants_new_token=draw(st.booleans()),
        wants_touch=draw(st.booleans()),
        renews_when_read=draw(st.booleans()),
        failed=draw(st.booleans()),
    )


@given(any_facts())
@steadily
def test_where_no_cookie_can_be_set_nothing_is_done_that_needs_one(facts: Facts) -> None:
    over_http = decide(facts, now=NOW)
    try:
        plan = decide(replace(facts, can_set_cookie=False), now=NOW)
    except NoCookiePossible:
        assert over_http.step in (Step.CREATE, Step.ROTATE)
    else:
        signs_out = facts.owner_left and facts.owner is None
        assert plan == over_http or (plan.step is Step.DELETE and signs_out)
        assert plan.step not in (Step.CREATE, Step.ROTATE)


@given(any_facts())
@steadily
def test_a_failed_request_does_nothing_but_sign_out(facts: Facts) -> None:
    plan = decide(replace(facts, failed=True), now=NOW)

    assert plan.step in (Step.NOTHING, Step.DELETE)
    signs_out = facts.owner_before is not None and facts.owner is None
    assert (plan.step is Step.DELETE) == signs_out


@given(any_facts())
@steadily
def test_nobody_gets_what_belonged_to_somebody_else(facts: Facts) -> None:
    plan = decide(facts, now=NOW)

    if facts.owner_left:
        assert plan.carried <= facts.stored
        assert plan.step in (Step.ROTATE, Step.DELETE, Step.NOTHING)
        assert plan.step is not Step.NOTHING or facts.failed


@given(any_facts())
@steadily
def test_another_owner_always_means_another_token(facts: Facts) -> None:
    plan = decide(facts, now=NOW)

    if facts.owner != facts.owner_before and not facts.failed:
        assert plan.step in (Step.CREATE, Step.ROTATE, Step.DELETE)
    if facts.signs_in and not facts.failed:
        assert plan.step in (Step.CREATE, Step.ROTATE)


@given(any_facts(records=(None,)))
@steadily
def test_a_visitor_without_a_record_is_only_ever_created_or_left_alone(facts: Facts) -> None:
    plan = decide(facts, now=NOW)

    assert plan.step in (Step.CREATE, Step.NOTHING)
    assert plan.step is not Step.CREATE or facts.meaning


@given(any_facts(records=(RECORD, DUE)))
@steadily
def test_what_exists_is_never_created(facts: Facts) -> None:
    assert decide(facts, now=NOW).step is not Step.CREATE


@given(any_facts(records=(RECORD, DUE)))
@steadily
def test_no_change_of_the_same_owner_is_dropped(facts: Facts) -> None:
    before = facts.owner if facts.owner_before else None
    facts = replace(facts, failed=False, owner_before=before)
    changed = facts.set or facts.unset or facts.lifetime

    plan = decide(facts, now=NOW)

    if changed and facts.meaning:
        assert plan.step in (Step.PATCH, Step.ROTATE)
    assert plan.step is not Step.ROTATE or plan.carried == facts.names


@given(any_facts())
@steadily
def test_only_an_empty_session_or_a_sign_out_is_deleted(facts: Facts) -> None:
    plan = decide(facts, now=NOW)

    if plan.step is Step.DELETE:
        assert facts.record is not None
        assert not facts.meaning or (facts.owner_left and facts.owner is None)
