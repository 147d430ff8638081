"""Random schedules: what browsers, servers and the clock do in any order, chosen by hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import ClassVar

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.promises.adapter import Adapter, Flight
from tests.promises.operations import Drop, Operation, Read, Regenerate, SignOut
from tests.promises.promise import Broken, Promise
from tests.promises.world import Browser, World

# Enough for two rivals, an innocent third, and one that was left behind.
MOST_IN_FLIGHT = 4
FIELDS = ("cart", "lang")
# Well within the idle time, near its end, and beyond it, for an idle time of 100 seconds.
PAUSES_SECONDS = (30, 60, 89, 101)

HOW_FAR = st.sampled_from(["sent", "loaded", "loaded", "answered", "answered"])
INVENTED = st.sampled_from(["read", "change", "sign in", "regenerate", "sign out"])
METHODS = st.sampled_from(["POST", "POST", "GET"])
PLACES = st.integers(min_value=0, max_value=6)
ANY = st.integers(min_value=0, max_value=1000)


class Schedules(RuleBasedStateMachine):
    """Everything that may happen next. The world tells the model, and the model judges."""

    mount: ClassVar[Callable[[], Adapter]]
    promises: ClassVar[Collection[Promise]] = tuple(Promise)
    last: ClassVar[World | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.world = World(type(self).mount(), self.promises)
        self.browsers = [Browser("one"), Browser("two")]
        self.failed = False
        type(self).last = self.world

    # A rule for each operation: in every example some rules are chosen more often than others.

    @rule(who=ANY, how_far=HOW_FAR, background=st.booleans())
    def read(self, who: int, how_far: str, background: bool) -> None:
        """Somebody looks."""
        self._send("read", who, how_far, background=background)

    @rule(
        who=ANY,
        how_far=HOW_FAR,
        background=st.booleans(),
        method=METHODS,
        kind=st.sampled_from(["change", "change", "change both", "append", "drop"]),
        pick=ANY,
    )
    def change(
        self, who: int, how_far: str, background: bool, method: str, kind: str, pick: int
    ) -> None:
        """Somebody changes a field, or several."""
        self._send(kind, who, how_far, background=background, method=method, pick=pick)

    @rule(
        who=ANY,
        how_far=HOW_FAR,
        method=METHODS,
        kind=st.sampled_from(["sign in", "sign in", "switch user"]),
    )
    def sign_in(self, who: int, how_far: str, method: str, kind: str) -> None:
        """Somebody signs in."""
        self._send(kind, who, how_far, method=method)

    @rule(who=ANY, how_far=HOW_FAR, background=st.booleans(), method=METHODS)
    def regenerate(self, who: int, how_far: str, background: bool, method: str) -> None:
        """A handler asks for a new token."""
        self._send("regenerate", who, how_far, background=background, method=method)

    @rule(who=ANY, how_far=HOW_FAR, background=st.booleans(), method=METHODS, pick=ANY)
    def sign_out(self, who: int, how_far: str, background: bool, method: str, pick: int) -> None:
        """Somebody signs out."""
        self._send("sign out", who, how_far, background=background, method=method, pick=pick)

    @rule(
        who=ANY,
        late=st.sampled_from(
            ["read", "change", "append", "drop", "regenerate", "sign in", "sign out"]
        ),
        is_loaded=st.booleans(),
        background=st.booleans(),
        method=METHODS,
        move=st.sampled_from(["regenerate", "regenerate", "sign in", "switch user", "sign out"]),
        pick=ANY,
    )
    def overtake(
        self,
        who: int,
        late: str,
        is_loaded: bool,
        background: bool,
        method: str,
        move: str,
        pick: int,
    ) -> None:
        """The session moves or ends while a request is under way, before or after it has loaded."""
        how_far = "loaded" if is_loaded else "sent"
        self._send(late, who, how_far, background=background, method=method, pick=pick)
        self._send(move, who, "answered", pick=pick)

    @precondition(lambda self: self.world.flying or self.world.orphans)
    @rule(pick=ANY)
    def step(self, pick: int) -> None:
        """A request goes on to the next place where it can stand."""
        with self._watched():
            self.world.step(self._one(pick, [*self.world.flying, *self.world.orphans]))

    @precondition(lambda self: self.world.flying or self.world.orphans)
    @rule(pick=ANY)
    def finish(self, pick: int) -> None:
        """A request goes on to its end."""
        with self._watched():
            self.world.finish(self._one(pick, [*self.world.flying, *self.world.orphans]))

    @precondition(lambda self: self.world.flying)
    @rule(pick=ANY, dies=st.booleans(), steps=PLACES)
    def leave(self, pick: int, dies: bool, steps: int) -> None:
        """The client goes away, or the server that serves it dies; at once or a few steps later."""
        flight = self._one(pick, [*self.world.flying])
        with self._watched():
            self._go_on(flight, steps)
            if not flight.steps.done:
                (self.world.kill if dies else self.world.hang_up)(flight)

    @precondition(lambda self: self._with_all_answers())
    @rule(pick=ANY, steps=PLACES)
    def lose(self, pick: int, steps: int) -> None:
        """The store has done something, and its answer is lost: once for each request."""
        flight = self._one(pick, self._with_all_answers())
        with self._watched():
            self._go_on(flight, steps)
            if flight.awaits_answer:
                self.world.lose_answer(flight)

    @precondition(lambda self: self.world.model.tokens)
    @rule(pick=ANY)
    def replay(self, pick: int) -> None:
        """Somebody tries a token that was given to somebody at some time."""
        tokens = list(self.world.model.tokens.values())
        token = tokens[pick % len(tokens)]
        with self._watched():
            self.world.read(Browser(f"somebody with {token.label}", token.text))

    @rule(kind=INVENTED, pick=ANY)
    def invent(self, kind: str, pick: int) -> None:
        """Somebody tries a token that nobody was given."""
        mallory = self.world.invent()
        with self._watched():
            self.world.do(mallory, self._operation(kind, mallory, pick))

    @precondition(lambda self: self.world.adapter.idle is not None)
    @rule(seconds=st.sampled_from(PAUSES_SECONDS))
    def advance(self, seconds: int) -> None:
        """Time passes."""
        self.world.advance(seconds)

    @rule()
    def sweep(self) -> None:
        """Expired records are removed, whoever is in flight; and records counted, if nobody is."""
        with self._watched():
            self.world.sweep()
            self.world.count()

    def teardown(self) -> None:
        """Everything comes to its end, and every token is tried once more."""
        try:
            if not self.failed:
                self.world.check()
        finally:
            self.world.close()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.failed = True
            raise

    def _with_all_answers(self) -> list[Flight]:
        if not self.world.adapter.can_lose_answers:
            return []
        return [flight for flight in self.world.flying if not flight.lost]

    def _go_on(self, flight: Flight, steps: int) -> None:
        for _ in range(steps):
            if not flight.steps.done:
                self.world.step(flight)

    def _send(
        self,
        kind: str,
        who: int,
        how_far: str,
        *,
        background: bool = False,
        method: str | None = None,
        pick: int = 0,
    ) -> None:
        browser = self.browsers[who % len(self.browsers)]
        operation = self._operation(kind, browser, pick)
        if len(self.world.flying) >= MOST_IN_FLIGHT:
            how_far = "answered"
        with self._watched():
            flight = self.world.start(browser, operation, background=background, method=method)
            if how_far == "loaded":
                self.world.to_gate(flight)
            elif how_far == "answered":
                self.world.finish(flight)

    def _one(self, pick: int, flights: list[Flight]) -> Flight:
        return flights[pick % len(flights)]

    def _operation(self, kind: str, browser: Browser, pick: int) -> Operation:
        world, name = self.world, FIELDS[pick % len(FIELDS)]
        if kind == "regenerate" and not world.adapter.can_regenerate:
            kind = "sign in"
        operations: dict[str, Callable[[], Operation]] = {
            "read": Read,
            "change": lambda: world.change(name),
            "change both": lambda: world.change(*FIELDS),
            "append": world.append,
            "drop": lambda: Drop(name),
            "sign in": lambda: world.sign_in(browser),
            "switch user": lambda: world.sign_in(browser, "bob"),
            "regenerate": Regenerate,
            "sign out": lambda: SignOut(("clear", "pop", "none")[pick % 3]),
        }
        return operations[kind]()


def _machine(mount: Callable[[], Adapter], promises: Collection[Promise]) -> type[Schedules]:
    class Mounted(Schedules):
        pass

    Mounted.mount, Mounted.promises = staticmethod(mount), promises
    return Mounted


def search(
    mount: Callable[[], Adapter],
    promises: Collection[Promise],
    *,
    examples: int,
    steps: int = 25,
    shrinks: bool = True,
) -> None:
    """Try so many schedules on a library. Raises `Broken` with the shortest story found."""
    machine = _machine(mount, promises)
    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        database=None,
        derandomize=True,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=phases,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(machine, settings=how)
    except Broken as broken:
        assert machine.last is not None
        broken.add_note("\n".join(machine.last.story.lines()))
        raise
