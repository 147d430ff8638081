"""What an answer says: which token leads to the session from now on, and whether that is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.promises.knowledge import Knowledge, Passage
from tests.promises.life import Token
from tests.promises.operations import Read, Regenerate, SignIn, SignOut
from tests.promises.promise import Promise

if TYPE_CHECKING:
    from tests.promises.adapter import Answer


def judge_answer(known: Knowledge, passage: Passage) -> None:
    """Take note of an answer; raise `Broken` if it breaks a promise by itself."""
    answer = passage.flight.answer
    assert answer is not None
    if answer.status >= 400:
        if passage.write is not None:
            passage.write.abandoned = True
        known.unknown_records += 1
        why = f"request {passage.flight.number} was answered {answer.status}"
        known.accuse(Promise.NO_UPDATE_LOST, f"{why}: {passage.flight.error}")
        return
    _judge_reader(known, passage)
    if passage.attached and passage.token is not None:
        _in_session(known, passage, passage.token, answer)
    else:
        _to_visitor(known, passage, answer)


def _judge_reader(known: Knowledge, passage: Passage) -> None:
    """Reading may note that somebody came by, but not each time."""
    if not isinstance(passage.operation, Read):
        return
    writes = [point for point in passage.flight.steps.passed if point.startswith("write")]
    due = passage.attached and passage.noted_at < known.clock
    if writes and not due:
        known.accuse(Promise.NOTHING_LEFT, f"reading wrote: {', '.join(writes)}")


def _in_session(known: Knowledge, passage: Passage, token: Token, answer: Answer) -> None:
    assert passage.effect is not None
    if answer.token is None and answer.cleared:
        if passage.effect.ends:
            _ended(known, passage, token)
        else:
            _turned_away(known, passage, token)
        return
    moved = answer.token not in (None, token.text)
    live = passage.clock == known.clock or known.clock < token.life.sure_until
    rivals_acted = any(rival.acted for rival in known.rivals(passage))
    if not moved and passage.flight.background and (rivals_acted or not live):
        # The session was gone, perhaps, and this answer must not clear a cookie that is newer.
        return
    token.life.acts(clock=passage.clock, idle=known.idle, surely=live)
    if passage.write is not None:
        passage.write.kept = True
    if moved:
        _exchanged(known, passage, token, answer.token or "")
        return
    token.enders.pop(passage.flight.number, None)
    if passage.must_exchange and not rivals_acted:
        known.accuse(Promise.NEW_TOKEN, f"{token.label} is still the token")


def _ended(known: Knowledge, passage: Passage, token: Token) -> None:
    kill(token, at=passage.settled_at, promise=Promise.SIGNED_OUT)
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
    others = token.enders.keys() - {passage.flight.number}
    known_reason = not token.may_live or token.contested or others
    token.enders.pop(passage.flight.number, None)
    kill(token, at=passage.settled_at, promise=token.death)
    if not known_reason and known.clock < token.life.sure_until:
        known.accuse(Promise.NO_UPDATE_LOST, f"{token.label} was cleared for no reason")


def _exchanged(known: Knowledge, passage: Passage, token: Token, text: str) -> None:
    if text in known.tokens:
        known.accuse(Promise.PRIVATE, f"{known.label(text)} was given to somebody else")
        return
    child = known.new_token(text, token.life, parent=token)
    child.exchanged_by = passage.operation
    rivals = known.rivals(passage)
    child.contested = bool(rivals)
    child.contested_by_sign_out = any(r.abandoned or not r.operation.rotates for r in rivals)
    if len(token.children) > 1:
        for sibling in token.children:
            sibling.contested = True
    if token.signed_out and any(isinstance(r.operation, SignOut) for r in rivals):
        _signed_out_above(known, child, passage.settled_at)
    kill(token, at=passage.settled_at, promise=Promise.NEW_TOKEN)
    if isinstance(passage.operation, SignIn):
        _new_user(known, passage, child, contested=bool(rivals))


def _new_user(known: Knowledge, passage: Passage, child: Token, *, contested: bool) -> None:
    """Who signs in inherits what a visitor had stored, but not what another user had."""
    own = known.new_life(passage)
    if passage.takes_over:
        child.inherits = None
        known.move(child, own)
    elif contested or known.clock >= child.life.sure_until:
        child.inherits, child.own_life = None, own


def _to_visitor(known: Knowledge, passage: Passage, answer: Answer) -> None:
    assert passage.effect is not None
    if passage.token is not None:
        passage.token.enders.pop(passage.flight.number, None)
    stores, given = passage.effect.stores, answer.token
    if given is None:
        if stores:
            known.accuse(Promise.NO_UPDATE_LOST, "no cookie came back for what was stored")
        return
    if given == passage.flight.token:
        if given not in known.tokens:
            known.accuse(Promise.NOT_ADOPTED, "an invented token was accepted and given back")
    elif given in known.tokens:
        known.accuse(Promise.PRIVATE, f"{known.label(given)} was given twice")
    elif not stores:
        known.accuse(Promise.NOTHING_LEFT, "a cookie for a visitor who stored nothing")
    if given not in known.tokens:
        life = known.new_life(passage)
        known.lives.append(life)
        known.new_token(given, life)


def kill(token: Token, *, at: float, promise: Promise) -> None:
    """From now on it must show nothing."""
    if at < token.dead_at:
        token.dead_at, token.death = at, promise
