"""Whether what a request changed reaches its session, which may have moved or ended meanwhile."""

from __future__ import annotations

from enum import Enum, auto

from tests.promises.knowledge import Knowledge, Passage
from tests.promises.life import Token
from tests.promises.operations import SignIn, SignOut
from tests.promises.promise import Promise

# For how long, in seconds, a token that moved or ended is remembered; for how long the cookie is
# not the business of what comes with it, whether or not the next token has come back; and for how
# long if the session has ended.
REMEMBERED = 120
LATE_AT_MOST = 60
LATE_AT_LEAST = 5
LATE_AFTER_END = 10


class Fate(Enum):
    """What became of a change that was answered with success."""

    KEPT = auto()
    UNSURE = auto()
    NOWHERE = auto()


def fate_of(known: Knowledge, passage: Passage) -> Fate:
    """Where the change is, for all that is known."""
    token = passage.token
    assert token is not None
    if overtakers(passage):
        return Fate.NOWHERE
    turned = passage.clock != known.clock and known.clock >= token.life.sure_until
    if turned or is_forgotten(known, token) or disturbers(known, passage):
        return Fate.UNSURE
    return Fate.KEPT


def is_forgotten(known: Knowledge, token: Token) -> bool:
    """Whether the library may not know any more where the session went."""
    return any(
        moved.moved_clock is not None and known.clock - moved.moved_clock >= REMEMBERED
        for moved in token.line
    )


def overtakers(passage: Passage) -> list[Token]:
    """Tokens of those who signed in for sure before this request changed anything."""
    assert passage.token is not None
    return [
        token
        for token in passage.token.line[1:]
        if token.changes_who and not token.contested and token.given_at < passage.acted_at
    ]


def disturbers(known: Knowledge, passage: Passage) -> list[Passage]:
    """The other requests that may have ended the session, or changed who is signed in, before this
    one changed anything."""
    assert passage.token is not None
    line = passage.token.line
    return [
        other
        for other in known.passages.values()
        if other is not passage
        and other.acted
        and other.token in line
        and other.settled_at > other.token.proved_at
        and (other.may_end_for_good or other.changes_who)
    ]


def may_be_refused(known: Knowledge, passage: Passage) -> bool:
    """Whether it can be too late for a request that changes something, so that it is told so."""
    if passage.token is None or passage.flight.method == "GET":
        return False
    if isinstance(passage.operation, SignIn) and passage.must_exchange:
        return False
    rivals = [other for other in disturbers(known, passage) if other.changes_who]
    if not known.guesses_owner:
        # Then a sign-out ends the session, and what comes after it is simply nowhere.
        rivals = [other for other in rivals if not isinstance(other.operation, SignOut)]
    return bool(rivals or overtakers(passage))


def may_be_late(known: Knowledge, passage: Passage) -> bool:
    """Whether the token may have moved or ended so shortly before that the cookie is left alone."""
    token = passage.token
    if token is None:
        return False
    since = passage.loaded_clock - _last_acted(known, token)
    if token.ended_clock is not None and token.dead_at < passage.began:
        return passage.flight.background and since < LATE_AFTER_END
    return since < LATE_AT_MOST


def must_be_late(passage: Passage) -> bool:
    """Whether the token has moved or ended for sure, and so shortly before that the cookie must be
    left alone."""
    token = passage.token
    if token is None:
        return False
    if token.ended_clock is not None:
        since = passage.loaded_clock - token.ended_clock
        return passage.flight.background and since < LATE_AFTER_END
    if token.moved_clock is None or any(child.contested for child in token.children):
        return False
    came_back = any(child.came_back for child in token.children)
    within = LATE_AT_MOST if came_back else LATE_AT_LEAST
    return passage.loaded_clock - token.moved_clock < within


def spares(passage: Passage, newer: Token) -> bool:
    """Whether the answer to this request must leave a token alone that the browser was given while
    it was under way."""
    token, effect = passage.token, passage.effect
    if token is None or effect is None or effect.ends:
        return False
    if isinstance(passage.operation, SignIn) and passage.must_exchange:
        return False  # who signs in last is signed in
    if passage.attached:
        return newer in token.line or not passage.may_exchange
    has_gone_on = newer in token.line or token.ended_clock is not None
    return has_gone_on and must_be_late(passage)


def settle(known: Knowledge, passage: Passage, fate: Fate) -> None:
    """Take note of where the change is."""
    token, write = passage.token, passage.write
    assert token is not None
    live = passage.clock == known.clock or known.clock < token.life.sure_until
    # That somebody has read with an old token is not noted.
    noted = write is not None or not has_moved(known, passage)
    surely = live and noted and fate is Fate.KEPT
    token.life.acts(clock=passage.clock, idle=known.idle, surely=surely)
    if write is None:
        return
    write.followed = bool(token.children)
    if fate is Fate.KEPT:
        write.kept = True
    elif fate is Fate.NOWHERE:
        bar(passage)
        seen = passage.flight.seen or {}
        changes = any(seen.get(name) != value for name, value in write.fields.items())
        if changes and passage.flight.method != "GET" and not is_forgotten(known, token):
            why = f"request {passage.flight.number} came to nothing, and its answer does not say so"
            known.accuse(Promise.NO_UPDATE_LOST, why)


def bar(passage: Passage) -> None:
    """Nobody may see what it changed, neither in its session nor in the next user's."""
    write, token = passage.write, passage.token
    if write is None or token is None:
        return
    for life in {token.life, *(after.life for after in token.line)}:
        life.bar(write)


def has_moved(known: Knowledge, passage: Passage) -> bool:
    """Whether its session may have moved or ended before it was done."""
    return not passage.attached or any(rival.acted for rival in known.rivals(passage))


def may_end_onward(known: Knowledge, passage: Passage) -> None:
    """A request may have ended its session where it went; where that is, nobody may know."""
    token = passage.token
    assert token is not None
    for after in token.line if has_moved(known, passage) else token.line[1:]:
        after.contested = after.contested_by_sign_out = True


def signs_out_all(passage: Passage) -> bool:
    """Whether it is a sign-out of somebody who was signed in, under whatever token."""
    token = passage.token
    assert token is not None
    return isinstance(passage.operation, SignOut) and all(one.has_user for one in token.line)


def _last_acted(known: Knowledge, token: Token) -> float:
    """By the library's clock: when something last happened that may have moved or ended it."""
    times = [
        other.acted_clock
        for other in known.passages.values()
        if other.token is token
        and other.acted
        and other.attached
        and (other.may_end_for_good or other.changes_who or other.may_exchange)
    ]
    # What ends a session for good may have been sent with a token before this one.
    above = token.parent
    while above is not None:
        times += [
            other.acted_clock
            for other in known.passages.values()
            if other.token is above and other.acted and other.may_end_for_good
        ]
        above = above.parent
    return max(times, default=float("-inf"))
