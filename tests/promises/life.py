"""The model of one session's life: who wrote what when, and which tokens lead to it.

Each field is a regular register: a reader sees the last value written before it came, or one that
was being written meanwhile. What one request writes is seen all together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.promises.operations import USER, Append, Operation, Regenerate, SignIn, SignOut
from tests.promises.promise import Broken, Promise

NEVER = float("inf")
UNTOUCHED = object()


@dataclass(eq=False)
class Write:
    """What one request means to change. `wipes`: every field that it does not name goes."""

    flight: int
    operation: Operation | None
    fields: Mapping[str, Any]
    began: float
    wipes: bool = False
    ended: float = NEVER
    seen_at: float = NEVER
    kept: bool = False
    # Without an answer that tells whether it was made, and which promise is about that.
    unclear: Promise | None = None
    # Made while the session went on under another token, or after that.
    followed: bool = False

    def value(self, name: str) -> Any:
        """What the field holds afterwards."""
        return self.fields.get(name, None if self.wipes else UNTOUCHED)

    @property
    def since(self) -> float:
        """From when on nobody may see what was there before."""
        return min(self.ended if self.kept else NEVER, self.seen_at)

    def shows_in(self, seen: Mapping[str, Any]) -> bool:
        """Whether somebody who saw this saw the write; names repeat, so they prove nothing."""
        return any(
            value is not None and name != USER and seen.get(name) == value
            for name, value in self.fields.items()
        )


@dataclass(eq=False)
class Token:
    """One token of a session, and what may have happened to it."""

    text: str
    label: str
    life: Life
    parent: Token | None = None
    children: list[Token] = field(default_factory=list)
    # By which operation it was exchanged for its parent, and when.
    exchanged_by: Operation | None = None
    given_at: float = -1
    # By the library's clock: since when this one has been exchanged, or ended by a sign-out.
    moved_clock: float | None = None
    ended_clock: float | None = None
    # Whether somebody signed in or out with the exchange: then nothing follows it.
    changes_who: bool = False
    # Whether somebody is signed in with it, and from when on that was seen.
    has_user: bool = False
    proved_at: float = -1
    # Whether a request with it has had its session.
    came_back: bool = False
    # Set while nobody knows yet whether it leads to the old session or to one of its own: who
    # signs in and loses the exchange is signed in all the same, but inherits nothing.
    own_life: Life | None = None
    inherits: bool | None = True
    # Requests that may have ended it, by number: still in flight, or gone without an answer.
    enders: dict[int, Operation] = field(default_factory=dict)
    dead_at: float = NEVER
    found_dead: float = NEVER
    death: Promise = Promise.SIGNED_OUT
    # Rivals exchanged or ended the same token: this one may have lost, but answers cannot tell.
    contested: bool = False
    contested_by_sign_out: bool = False

    @property
    def signed_out(self) -> bool:
        """Whether a sign-out with it was answered."""
        return self.dead_at < NEVER and self.death is Promise.SIGNED_OUT

    @property
    def threats(self) -> dict[int, Operation]:
        """The requests that may have ended it: with it, or with one before it, and followed."""
        if self.parent is None:
            return self.enders
        above = self.parent.threats.items()
        return {n: op for n, op in above if not isinstance(op, Regenerate)} | self.enders

    @property
    def line(self) -> list[Token]:
        """Itself, and all tokens that its session may have gone on under."""
        return [self, *(token for child in self.children for token in child.line)]

    @property
    def must_live(self) -> bool:
        """Whether nothing has happened that could have ended it, the clock apart."""
        return self.dead_at == NEVER and not self.contested and not self.threats

    @property
    def must_lead_somewhere(self) -> bool:
        """Whether at most an exchange happened to it, so that its session lives on."""
        exchanged = all(operation.rotates for operation in self.threats.values())
        known = self.found_dead == NEVER or bool(self.threats)
        return self.dead_at == NEVER and not self.contested_by_sign_out and exchanged and known

    @property
    def may_live(self) -> bool:
        """Whether it could be live, for all that is known."""
        return self.dead_at == NEVER and self.found_dead == NEVER


@dataclass(eq=False)
class Life:
    """One session, from its first record on, under one token after the other."""

    writes: list[Write] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    # By the library's clock: until then it lives, and from then on it does not.
    sure_until: float = NEVER
    over_by: float = NEVER
    acted_at: float = 0
    clock_turned: bool = False
    # A request has gone without an answer that tells what it did.
    unclear: Promise | None = None
    # The session of another user, which its own took over; and what came too late for it. Nothing
    # of either may be seen in it.
    before: Life | None = None
    barred: list[Write] = field(default_factory=list)

    def bar(self, write: Write) -> None:
        """This came too late: nobody may see it."""
        self.forget(write.flight)
        self.barred.append(write)

    def forget(self, flight: int) -> None:
        """This request's write went to another session."""
        self.writes = [write for write in self.writes if write.flight != flight]

    def acts(self, *, clock: float, idle: float | None, surely: bool) -> None:
        """Somebody came by at this moment: perhaps it was noted, or surely."""
        if idle is None or clock >= self.over_by:
            return
        self.over_by = max(self.over_by, clock + idle)
        if surely:
            # That somebody came by may be noted only now and then, within a tenth of the time.
            self.sure_until = max(self.sure_until, clock + idle * 0.9)
            self.acted_at = max(self.acted_at, clock)

    def must_exist(self, clock: float) -> bool:
        """Whether the store has to hold a record of it, under whichever token."""
        held = clock < self.sure_until and not self.is_bare()
        return held and any(t.must_lead_somewhere for t in self.tokens)

    def may_exist(self, clock: float) -> bool:
        """Whether a token that somebody was given may lead to something that is kept."""
        held = clock < self.over_by and not self.is_bare()
        return held and any(t.may_live for t in self.tokens)

    def is_bare(self) -> bool:
        """Whether nothing is left in it, whatever the order of what happened at the same time."""
        return all(
            write.value(name) in (None, UNTOUCHED)
            for name in dict.fromkeys(self._names())
            for write in self.writes
            if self._superseding(write, name, NEVER, self.writes, []) is None
        )

    def check(self, seen: Mapping[str, Any], *, began: float, until: float) -> None:
        """Raise `Broken` unless what was seen is a state that this session could be in."""
        visible = [write for write in self.writes if write.shows_in(seen)]
        for write in visible:
            write.seen_at = min(write.seen_at, until)
        names = dict.fromkeys(seen) | dict.fromkeys(self._names())
        for name in names:
            self._check_field(name, seen.get(name), began, until, visible)

    def _names(self) -> Iterator[str]:
        for write in self.writes:
            yield from write.fields

    def _check_field(
        self, name: str, value: Any, began: float, until: float, visible: list[Write]
    ) -> None:
        written = [w for w in self.writes if w.value(name) is not UNTOUCHED]
        matching = [w for w in written if w.value(name) == value and w.began <= until]
        # Before the first write there was nothing.
        origin = Write(flight=0, operation=None, fields={name: None}, began=-1, ended=-1, kept=True)
        if value is None:
            matching.append(origin)
        if not matching:
            raise self._stranger(name, value)
        culprits = [self._superseding(w, name, began, written, visible) for w in matching]
        if all(culprits):
            newest, old = culprits[-1], matching[-1]
            assert newest is not None
            raise Broken(self._promise_of(newest, old, name), self._story(newest, old, name, value))

    def _stranger(self, name: str, value: Any) -> Broken:
        for late in self.barred:
            if late.value(name) == value:
                why = f"{name}={value} came too late, with request {late.flight}"
                return Broken(Promise.NOTHING_FOLLOWS, why)
        if self.before is not None and any(w.value(name) == value for w in self.before.writes):
            return Broken(Promise.TAKEOVER, f"{name}={value} belongs to who was signed in before")
        return Broken(Promise.PRIVATE, f"{name}={value} was never stored through this session")

    def _superseding(
        self, old: Write, name: str, began: float, written: list[Write], visible: list[Write]
    ) -> Write | None:
        for new in written:
            if new is old or new.value(name) in (UNTOUCHED, old.value(name)):
                continue
            if old.ended < new.began and (new.since < began or new in visible):
                return new
        return None

    def _promise_of(self, new: Write, old: Write, name: str) -> Promise:
        if isinstance(new.operation, SignOut) and name == USER:
            return Promise.SIGN_OUT_WINS if new.followed else Promise.SIGNED_OUT
        if new.wipes and new.value(name) is None:
            return Promise.TAKEOVER if isinstance(new.operation, SignIn) else Promise.SIGNED_OUT
        if (unclear := new.unclear or old.unclear) is not None:
            return unclear
        if new.followed:
            return Promise.FOLLOWS
        alone = all(w is new or w.ended < new.began or w.began > new.ended for w in self.writes)
        if isinstance(new.operation, Append) and alone:
            return Promise.NESTED
        return Promise.NO_UPDATE_LOST

    def _story(self, new: Write, old: Write, name: str, value: Any) -> str:
        shown = "nothing" if value is None else str(value)
        meant = "nothing" if new.value(name) is None else str(new.value(name))
        return f"{name} should be {meant} since request {new.flight}, but {shown} is seen"


def takes_over(operation: Operation, seen: Mapping[str, Any]) -> bool:
    """Whether somebody signs in where somebody else was signed in."""
    return isinstance(operation, SignIn) and seen.get(USER) not in (None, operation.user)


def wipes(operation: Operation, seen: Mapping[str, Any], *, guesses_owner: bool) -> bool:
    """Whether nothing of what was there may be left."""
    cleared = isinstance(operation, SignOut) and operation.how == "clear"
    return cleared or (takes_over(operation, seen) and not guesses_owner)
