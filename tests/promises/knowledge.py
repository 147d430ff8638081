"""What is known of the sessions behind one adapter: requests, tokens, lives. Concludes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.promises.adapter import Flight
from tests.promises.life import NEVER, Life, Token, Write, takes_over
from tests.promises.operations import USER, Drop, Effect, Operation, Regenerate, SignIn, SignOut
from tests.promises.promise import Broken, Promise


@dataclass(eq=False)
class Passage:
    """What the model notes about one request."""

    flight: Flight
    token: Token | None
    began: float
    clock: float
    loaded_at: float = NEVER
    loaded_clock: float = 0
    settled_at: float = NEVER
    effect: Effect | None = None
    attached: bool = False
    # By the library's clock: when somebody had last come by, before it.
    noted_at: float = NEVER
    write: Write | None = None
    abandoned: bool = False
    # When its handler left the gate: from then on it may reach the store.
    acted_at: float = NEVER
    # By the library's clock, the first and the last time that it did.
    acted_from_clock: float = 0
    acted_clock: float = 0
    # No request had had its session with this token when this one was sent.
    brings_back: bool = False
    # The last sign-out in this session may have left the new token to the next answer.
    exchange_due: bool = False

    @property
    def acted(self) -> bool:
        """Whether it may have reached the store, with more than a look."""
        return self.acted_at < NEVER

    @property
    def operation(self) -> Operation:
        """What its handler does."""
        return self.flight.operation

    @property
    def must_exchange(self) -> bool:
        """Whether it has to end with another token: another user, or asked for."""
        if isinstance(self.operation, SignIn):
            return (self.flight.seen or {}).get(USER) != self.operation.user
        return isinstance(self.operation, Regenerate)

    @property
    def may_exchange(self) -> bool:
        """Whether it may end with another token."""
        return self.operation.rotates or self.exchange_due

    @property
    def may_end_for_good(self) -> bool:
        """Whether the session may be over afterwards, under whatever token."""
        if isinstance(self.operation, SignIn):
            # Who signs in against a rival ends what the rival has, if that was another user's.
            return self.flight.seen is None or takes_over(self.operation, self.flight.seen)
        if isinstance(self.operation, Drop):
            return self.effect is None or self.effect.ends
        return self.may_sign_out or self.operation == SignOut("clear")

    @property
    def may_sign_out(self) -> bool:
        """Whether it takes out who is signed in. If it saw nobody, the session may have moved."""
        is_sign_out = isinstance(self.operation, SignOut)
        return is_sign_out and (not self.attached or USER in (self.flight.seen or {}))

    @property
    def changes_who(self) -> bool:
        """Whether somebody else may be signed in afterwards, or nobody."""
        signs_in = isinstance(self.operation, SignIn) and self.must_exchange
        return signs_in or self.exchange_due or self.may_sign_out


class Knowledge:
    """Everything that was sent and came back, in the order in which it happened."""

    def __init__(
        self, promises: Collection[Promise], *, idle: float | None, guesses_owner: bool
    ) -> None:
        self.promises = frozenset(promises)
        self.idle = idle
        self.guesses_owner = guesses_owner
        self.tokens: dict[str, Token] = {}
        self.lives: list[Life] = []
        self.passages: dict[int, Passage] = {}
        self.clock = 0.0
        # Records that a request without an answer may have left: nobody has their tokens.
        self.unknown_records = 0
        self._now = 0

    def tick(self) -> float:
        """The next moment: no two things happen at once."""
        self._now += 1
        return self._now

    def label(self, text: str | None) -> str:
        """The token's short name in a story."""
        if text is None:
            return "no cookie"
        return self.tokens[text].label if text in self.tokens else "an invented token"

    def new_life(self, passage: Passage) -> Life:
        """A session that begins with what this request stored."""
        assert passage.effect is not None
        life = Life()
        if self.idle is not None:
            life.sure_until, life.over_by = self.clock, self.clock + self.idle
        life.acts(clock=passage.clock, idle=self.idle, surely=True)
        stored = {name: value for name, value in passage.effect.fields.items() if value is not None}
        life.writes.append(
            Write(
                flight=passage.flight.number,
                operation=passage.operation,
                fields=stored,
                began=passage.began,
                ended=passage.settled_at,
                kept=True,
            )
        )
        return life

    def new_token(self, text: str, life: Life, *, parent: Token | None = None) -> Token:
        """A token that was handed out for the first time."""
        token = Token(text=text, label=f"t{len(self.tokens) + 1}", life=life, parent=parent)
        self.tokens[text] = token
        life.tokens.append(token)
        if parent is not None:
            parent.children.append(token)
        return token

    def move(self, token: Token, life: Life) -> None:
        """The token leads to a session of its own, not to the one it was exchanged in."""
        token.life.tokens.remove(token)
        token.life.forget(life.writes[0].flight)
        token.life = life
        life.tokens.append(token)
        self.lives.append(life)

    def rivals(self, passage: Passage) -> list[Passage]:
        """The other requests that may have ended the same token during this one. What ends a
        session for good also ends it under the tokens that come after."""
        above: list[Token] = []
        token = passage.token
        while token is not None and token.parent is not None:
            token = token.parent
            above.append(token)
        return [
            other
            for other in self.passages.values()
            if other is not passage
            and other.settled_at > passage.began
            and (
                (other.token is passage.token and (other.operation.may_end or other.exchange_due))
                or (other.token in above and other.may_end_for_good)
            )
        ]

    def takes_over(self, passage: Passage) -> bool:
        """Whether a user finds another one's session, and must not inherit from it."""
        return not self.guesses_owner and takes_over(passage.operation, passage.flight.seen or {})

    def is_exchange_due(self, token: Token) -> bool:
        """Whether a sign-out may have followed the session here, so that the next answer has to
        give a new token. Only a guess does so: otherwise the session is over."""
        above = token.parent
        while self.guesses_owner and above is not None:
            for other in self.passages.values():
                signs_out = isinstance(other.operation, SignOut) and other.operation.how != "clear"
                if signs_out and other.token is above:
                    return True
            above = above.parent
        return False

    def loses_sight(self, passage: Passage, promise: Promise) -> None:
        """No answer tells what became of this request; by that this promise may be broken."""
        if passage.write is not None:
            passage.write.unclear = promise
        if passage.token is not None:
            passage.token.life.unclear = promise

    def accuse(self, promise: Promise, why: str) -> None:
        """Raise `Broken`, if that promise is looked at."""
        if promise in self.promises:
            raise Broken(promise, why)

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Only the promises that are looked at count as broken."""
        try:
            yield
        except Broken as broken:
            if broken.promise in self.promises:
                raise
