"""What an answer says: which token leads to the session from now on, and whether that is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.promises.knowledge import Knowledge, Passage
from tests.promises.life import Token
from tests.promises.moves import (
    Fate,
    bar,
    fate_of,
    may_be_late,
    may_be_refused,
    may_end_onward,
    must_be_late,
    settle,
    signs_out_all,
)
from tests.promises.operations import USER, Read, Regenerate, SignIn, SignOut
from tests.promises.promise import Promise

if TYPE_CHECKING:
    from tests.promises.adapter import Answer


def judge_answer(known: Knowledge, passage: Passage) -> None:
    """Take note of an answer; raise `Broken` if it breaks a promise by itself."""
    answer = passage.flight.answer
    assert answer is not None
    if answer.status >= 400:
        _failed(known, passage, answer)
        return
    _judge_reader(known, passage, answer)
    if passage.attached and passage.token is not None:
        _in_session(known, passage, passage.token, answer)
    else:
        _to_visitor(known, passage, answer)


def _failed(known: Knowledge, passage: Passage, answer: Answer) -> None:
    token = passage.token
    if answer.asks_again and may_be_refused(known, passage):
        bar(passage)
        if token is not None:
            token.enders.pop(passage.flight.number, None)
        return
    known.unknown_records += 1
    lost = passage.flight.lost
    why = f"request {passage.flight.number} was answered {answer.status}"
    if not lost:
        if passage.write is not None:
            passage.write.unclear = Promise.NO_UPDATE_LOST
        known.accuse(Promise.NO_UPDATE_LOST, f"{why}: {passage.flight.error}")
        return
    known.loses_sight(passage, Promise.ANSWER_LOST)
    rivals_acted = any(rival.acted for rival in known.rivals(passage))
    if token is None or rivals_acted:
        return
    if not passage.acted or (passage.operation.rotates and len(lost) == 1):
        # The browser has only the old token, so that must be good still.
        token.enders.pop(passage.flight.number, None)


def _judge_reader(known: Knowledge, passage: Passage, answer: Answer) -> None:
    """Reading may note that somebody came by, but not each time; and that the cookie of a new
    token came back. It does the rest of a sign-out that could not give a new token itself."""
    if not isinstance(passage.operation, Read):
        return
    writes = [point for point in passage.flight.steps.passed if point.startswith("write")]
    due = passage.attached and (passage.noted_at < known.clock or passage.brings_back)
    if writes and not due and not passage.exchange_due:
        known.accuse(Promise.NOTHING_LEFT, f"reading wrote: {', '.join(writes)}")


def _in_session(known: Knowledge, passage: Passage, token: Token, answer: Answer) -> None:
    assert passage.effect is not None
    if answer.token is None and answer.cleared:
        if passage.effect.ends:
            _ended(known, passage, token)
        else:
            _turned_away(known, passage, token)
        return
    if answer.token not in (None, token.text):
        _moved(known, passage, token, answer.token or "")
        return
    token.enders.pop(passage.flight.number, None)
    settle(known, passage, fate_of(known, passage))
    if passage.effect.ends:
        may_end_onward(known, passage)
    if passage.must_exchange:
        _must_have_moved(known, passage, token, answer)


def _must_have_moved(known: Knowledge, passage: Passage, token: Token, answer: Answer) -> None:
    expired = passage.clock < known.clock and known.clock >= token.life.sure_until
    if not expired and not any(rival.acted for rival in known.rivals(passage)):
        known.accuse(Promise.NEW_TOKEN, f"{token.label} is still the token")
    # If saving it takes longer than a session may rest, it comes too late by itself.
    in_time = known.idle is None or known.clock - passage.acted_from_clock < known.idle
    if isinstance(passage.operation, SignIn) and answer.token is None and in_time:
        known.accuse(Promise.SIGNED_IN, "no token came back for who signed in")


def _moved(known: Knowledge, passage: Passage, token: Token, text: str) -> None:
    live = passage.clock == known.clock or known.clock < token.life.sure_until
    token.life.acts(clock=passage.clock, idle=known.idle, surely=live)
    if passage.write is not None:
        passage.write.kept = True
    _exchanged(known, passage, token, text)


def _ended(known: Knowledge, passage: Passage, token: Token) -> None:
    kill(token, at=passage.settled_at, promise=Promise.SIGNED_OUT)
    if token.moved_clock is None and not token.contested:
        token.ended_clock = passage.acted_from_clock
    if isinstance(passage.operation, SignOut):
        for child in token.children:
            _signed_out_above(known, child, passage.settled_at)


def _signed_out_above(known: Knowledge, token: Token, at: float) -> None:
    """The token comes from an exchange that was in flight when its session was signed out."""
    token.contested = token.contested_by_sign_out = True
    if Promise.SIGN_OUT_WINS in known.promises and isinstance(token.exchanged_by, Regenerate):
        kill(token, at=at, promise=Promise.SIGN_OUT_WINS)
    for child in token.children:
        _signed_out_above(known, child, at)


def _turned_away(known: Knowledge, passage: Passage, token: Token) -> None:
    """The answer takes the cookie back: the session was gone, and nothing was kept."""
    others = token.threats.keys() - {passage.flight.number}
    known_reason = not token.may_live or token.contested or others
    token.enders.pop(passage.flight.number, None)
    kill(token, at=passage.settled_at, promise=token.death)
    if not known_reason and known.clock < token.life.sure_until:
        known.accuse(Promise.NO_UPDATE_LOST, f"{token.label} was cleared for no reason")


def _exchanged(known: Knowledge, passage: Passage, token: Token, text: str) -> None:
    if text in known.tokens:
        known.accuse(Promise.PRIVATE, f"{known.label(text)} was given to somebody else")
        return
    child = _child(known, passage, token, text)
    rivals = known.rivals(passage)
    # Of a session that showed nothing there may have been nothing left: then this is a new one.
    is_bare = not passage.flight.seen
    child.contested = bool(rivals) or is_bare
    child.contested_by_sign_out = any(r.abandoned or r.may_end_for_good for r in rivals)
    if len(token.children) > 1:
        for sibling in token.children:
            sibling.contested = True
    if token.signed_out and any(isinstance(r.operation, SignOut) for r in rivals):
        _signed_out_above(known, child, passage.settled_at)
    kill(token, at=passage.settled_at, promise=Promise.NEW_TOKEN)
    if token.moved_clock is None and not is_bare:
        token.moved_clock = passage.acted_from_clock
    if isinstance(passage.operation, SignIn) or is_bare:
        _new_user(known, passage, child, contested=bool(rivals) or is_bare)


def _child(known: Knowledge, passage: Passage, token: Token, text: str) -> Token:
    child = known.new_token(text, token.life, parent=token)
    child.exchanged_by, child.given_at = passage.operation, passage.settled_at
    # What is due may be done by now, if the same request would give a new token anyway.
    only_due = passage.exchange_due and not passage.operation.rotates
    child.changes_who = only_due or (passage.changes_who and not passage.exchange_due)
    seen = passage.flight.seen or {}
    child.has_user = USER in seen and not passage.changes_who
    if isinstance(passage.operation, SignIn):
        child.has_user = True
    return child


def _new_user(known: Knowledge, passage: Passage, child: Token, *, contested: bool) -> None:
    """Who signs in inherits what a visitor had stored, but not what another user had."""
    own = known.new_life(passage)
    if known.takes_over(passage):
        child.inherits, own.before = None, child.life
        known.move(child, own)
    elif contested or known.clock >= child.life.sure_until:
        child.inherits, child.own_life = None, own


def _to_visitor(known: Knowledge, passage: Passage, answer: Answer) -> None:
    assert passage.effect is not None
    token, stores, given = passage.token, passage.effect.stores, answer.token
    if token is not None:
        token.enders.pop(passage.flight.number, None)
    if given is None:
        if isinstance(passage.operation, SignIn):
            known.accuse(Promise.SIGNED_IN, "no token came back for who signed in")
        elif stores and (answer.cleared or not may_be_late(known, passage)):
            known.accuse(Promise.NO_UPDATE_LOST, "no cookie came back for what was stored")
        elif token is not None:
            _late(known, passage, token)
        return
    if given == passage.flight.token:
        if given not in known.tokens:
            known.accuse(Promise.NOT_ADOPTED, "an invented token was accepted and given back")
    elif given in known.tokens:
        known.accuse(Promise.PRIVATE, f"{known.label(given)} was given twice")
    elif not stores:
        known.accuse(Promise.NOTHING_LEFT, "a cookie for a visitor who stored nothing")
    if token is not None:
        token.life.forget(passage.flight.number)
    if given not in known.tokens:
        life = known.new_life(passage)
        known.lives.append(life)
        child = known.new_token(given, life)
        child.has_user = isinstance(passage.operation, SignIn)


def _late(known: Knowledge, passage: Passage, token: Token) -> None:
    """The request saw nothing, and its answer left the cookie alone: what it changed has followed
    the session, or is nowhere."""
    fate = fate_of(known, passage)
    if fate is Fate.KEPT and not must_be_late(passage):
        fate = Fate.UNSURE
    if isinstance(passage.operation, SignOut):
        may_end_onward(known, passage)
        if not signs_out_all(passage):
            fate = Fate.UNSURE
    settle(known, passage, fate)


def kill(token: Token, *, at: float, promise: Promise) -> None:
    """From now on it must show nothing."""
    if at < token.dead_at:
        token.dead_at, token.death = at, promise
