"""What is known of the sessions behind one adapter: requests, tokens, lives. Concludes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.promises.adapter import Flight
from tests.promises.life import NEVER, Life, Token, Write, takes_over
from tests.promises.operations import USER, Effect, Operation, Regenerate, SignIn
from tests.promises.promise import Broken, Promise


@dataclass(eq=False)
class Passage:
    """What the model notes about one request."""

    flight: Flight
    token: Token | None
    began: float
    clock: float
    loaded_at: float = NEVER
    settled_at: float = NEVER
    effect: Effect | None = None
    attached: bool = False
    # By the library's clock: when somebody had last come by, at the time of loading.
    noted_at: float = NEVER
    write: Write | None = None
    abandoned: bool = False
    # Its handler has left the gate: from now on it may reach the store.
    acted: bool = False

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
    def takes_over(self) -> bool:
        """Whether another user was signed in before."""
        return takes_over(self.operation, self.flight.seen or {})


class Knowledge:
    """Everything that was sent and came back, in the order in which it happened."""

    def __init__(self, promises: Collection[Promise], *, idle: float | None) -> None:
        self.promises = frozenset(promises)
        self.idle = idle
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
        """The other requests that may have ended the same token during this one."""
        return [
            other
            for other in self.passages.values()
            if other is not passage
            and other.token is passage.token
            and other.operation.may_end
            and other.settled_at > passage.began
        ]

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
