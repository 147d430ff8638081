"""Browsers, their requests in flight and the application, joined to the model that judges them.

Everything that happens goes through here, is told as a story, and is shown to the model.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.promises.adapter import Adapter, Answer, Flight
from tests.promises.life import NEVER, Token
from tests.promises.model import Model
from tests.promises.moves import spares
from tests.promises.operations import Append, Change, Operation, Read, SignIn
from tests.promises.promise import Promise
from tests.promises.schedule import Loop
from tests.promises.story import Story


@dataclass(eq=False)
class Browser:
    """A cookie jar with a name."""

    name: str
    token: str | None = None


class World:
    """One application and everybody who uses it, from an empty store to the last check."""

    def __init__(self, adapter: Adapter, promises: Collection[Promise] = tuple(Promise)) -> None:
        self.adapter = adapter
        self.model = Model(promises, idle=adapter.idle, guesses_owner=adapter.guesses_owner)
        self.story = Story()
        self.flying: dict[Flight, Browser] = {}
        # Without an answer to wait for, but the server has not come to an end with them.
        self.orphans: list[Flight] = []
        self._loop = Loop()
        self._dropped: list[Flight] = []
        self._flights = 0
        self._values = 0
        try:
            self._loop.run(adapter.open())
        except BaseException:
            self._loop.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.check()
        finally:
            self.close()

    # Operations, each with values that nobody else writes.

    def change(self, *names: str) -> Change:
        """Set these fields to something new."""
        return Change({name: self._value() for name in names})

    def append(self) -> Append:
        """Append something new."""
        return Append(self._value())

    def sign_in(self, browser: Browser, name: str = "ada") -> SignIn:
        """No two browsers share a user, so that everything seen has one possible source."""
        return SignIn(user=f"{name}@{browser.name}", stamp=self._value())

    # What happens.

    def start(
        self,
        browser: Browser,
        operation: Operation,
        *,
        background: bool = False,
        method: str | None = None,
    ) -> Flight:
        """Send a request, and let it come to the first place where it can stand. What changes
        something is a POST unless it is said otherwise."""
        self._flights += 1
        usual = "GET" if isinstance(operation, Read) else "POST"
        flight = Flight(self._flights, operation, browser.token, background, method or usual)
        self.flying[flight] = browser
        self.model.begins(flight)
        who = f"a script of {browser.name}" if background else browser.name
        by = "" if flight.method == usual else f" by {flight.method}"
        self._tell(flight, f"{who} {operation}{by}, with {self.model.label(browser.token)}")
        self._loop.run(self._launch(flight))
        self._look(flight)
        return flight

    def step(self, flight: Flight) -> None:
        """Let a request go on to the next place, or to its answer."""
        self._loop.run(flight.steps.advance())
        if flight.steps.point:
            self.story.stops(flight.steps.point, request=flight.number)
        self._look(flight)

    def to_gate(self, flight: Flight) -> Flight:
        """Let a request go on until its handler has the session and waits."""
        while not flight.steps.done and flight.seen is None:
            self.step(flight)
        return flight

    def finish(self, flight: Flight) -> Flight:
        """Let a request go on to its end."""
        while not flight.steps.done:
            self.step(flight)
        return flight

    def lose_answer(self, flight: Flight) -> None:
        """The store has done what it was asked, and the request does not hear of it."""
        point = flight.steps.point or ""
        assert flight.awaits_answer, point
        self._tell(flight, f"does not hear the answer {point}")
        flight.lost.append(point)
        self._loop.run(flight.steps.advance(answer_lost=True))
        self._look(flight)

    def begin(
        self,
        browser: Browser,
        operation: Operation,
        *,
        background: bool = False,
        method: str | None = None,
    ) -> Flight:
        """Send a request, whose handler has loaded the session when this returns."""
        return self.to_gate(self.start(browser, operation, background=background, method=method))

    def do(self, browser: Browser, operation: Operation) -> Flight:
        """A request from its beginning to its end."""
        return self.finish(self.start(browser, operation))

    def read(self, browser: Browser) -> Flight:
        """Look at the session."""
        return self.do(browser, Read())

    def hang_up(self, flight: Flight) -> None:
        """The client goes away; the server goes on as far as it wants to."""
        self._tell(flight, f"is hung up on at {flight.steps.point}")
        del self.flying[flight]
        self._loop.run(flight.steps.hang_up())
        self.model.abandoned(flight, settled=flight.steps.done)
        if not flight.steps.done:
            self.orphans.append(flight)

    def kill(self, flight: Flight) -> None:
        """The server process dies where it stands; another one goes on with the same store."""
        self._tell(flight, f"dies with its server at {flight.steps.point}")
        del self.flying[flight]
        self.model.abandoned(flight, settled=True)
        self._dropped.append(flight)

    def steal(self, browser: Browser) -> Browser:
        """A second browser with the same cookie."""
        return Browser(f"a copy of {browser.name}", browser.token)

    def invent(self) -> Browser:
        """A browser with a token that nobody was given."""
        return Browser("mallory", self.adapter.invent())

    def advance(self, seconds: float) -> None:
        """Turn the clock."""
        self._tell(None, f"{seconds:g} seconds pass")
        self.adapter.advance(seconds)
        self.model.turn(seconds)

    def step_on(self, flight: Flight, places: int) -> None:
        """Let it go on by so many steps, or to its end if that comes before."""
        for _ in range(places):
            if not flight.steps.done:
                self.step(flight)

    def end_all(self, user: str) -> None:
        """Have all sessions of this user ended; the model does not hear of it."""
        self._tell(None, f"all sessions of {user} are ended")
        self._loop.run(self.adapter.end_all(user))

    def sweep(self) -> None:
        """Have the expired records removed."""
        self._tell(None, "the store is swept")
        self._loop.run(self.adapter.sweep())

    def count(self) -> None:
        """Count the records, if nothing is in flight that could change their number."""
        if self.adapter.can_count and not self.flying and not self.orphans:
            self._loop.run(self.adapter.sweep())
            self.model.count(self._loop.run(self.adapter.records()))

    def check(self) -> None:
        """The end: let everything come to its end, then try every token that there ever was."""
        for flight in [*self.flying, *self.orphans]:
            self.finish(flight)
        self.count()
        for text, token in list(self.model.tokens.items()):
            self.read(Browser(f"somebody with {token.label}", text))
        for siblings in list(self.model.siblings()):
            live = [token for token in siblings if self._shows_something(token)]
            self.model.one_winner(siblings, live)
        self.count()

    def close(self) -> None:
        """Let go of everything."""
        left = [*self.flying, *self.orphans, *self._dropped]
        try:
            self._loop.run(self._drop(left))
        finally:
            self._loop.close()

    def _shows_something(self, token: Token) -> bool:
        return bool(self.read(Browser(f"somebody with {token.label}", token.text)).seen)

    async def _launch(self, flight: Flight) -> None:
        flight.steps.begin(self.adapter.respond(flight))
        await flight.steps.advance()

    async def _drop(self, flights: list[Flight]) -> None:
        for flight in flights:
            await flight.steps.run_out()
        await self.adapter.close()

    def _look(self, flight: Flight) -> None:
        """Tell the model what became visible with the last step."""
        self.model.acts(flight)
        if flight.seen is not None and self.model.passages[flight.number].loaded_at == NEVER:
            self._tell(flight, f"sees {flight.seen or 'nothing'}")
            self.model.loaded(flight)
        if not flight.steps.done:
            return
        if flight in self.orphans:
            self.orphans.remove(flight)
            self.model.settled(flight)
        else:
            self._deliver(flight, self.flying.pop(flight))

    def _deliver(self, flight: Flight, browser: Browser) -> None:
        answer = flight.answer
        assert answer is not None
        before = browser.token
        self.model.answered(flight)
        if answer.token is not None or answer.cleared:
            browser.token = answer.token
        self._tell(flight, self._cookie_story(answer))
        given = self.model.tokens.get(answer.token or "")
        if given is not None and given.own_life is not None:
            self._shows_something(given)
        if before != flight.token and before != browser.token:
            self._judge_late_answer(flight, before)

    def _judge_late_answer(self, flight: Flight, before: str | None) -> None:
        """The browser had been given another cookie while this request was in flight."""
        newer = self.model.tokens.get(before or "")
        passage = self.model.passages[flight.number]
        if newer is None or not newer.must_live or not spares(passage, newer):
            return
        promise = Promise.NEWER_COOKIE if passage.attached else Promise.LATE_REQUEST
        why = f"the answer to request {flight.number} takes {newer.label} away"
        self.model.accuse(promise, why)

    def _cookie_story(self, answer: Answer) -> str:
        if answer.asks_again:
            return "is asked to come again"
        if answer.status >= 400:
            return f"is answered {answer.status}"
        if answer.token is not None:
            return f"is given {self.model.label(answer.token)}"
        return "is answered, the cookie is cleared" if answer.cleared else "is answered"

    def _tell(self, flight: Flight | None, what: str) -> None:
        self.story.tell(what, request=flight.number if flight else None)

    def _value(self) -> str:
        self._values += 1
        return f"v{self._values}"
