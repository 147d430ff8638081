"""Which connection is in which state: each has one place, under its descriptor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from quart_app.server.connections.states import State
from quart_app.signals import connection_refused


class Held(Protocol):
    """What is kept of a connection."""

    since: float
    """When it came to its state, or last showed that it goes on."""


@dataclass(slots=True)
class Entry:
    """All that is kept of one that has nothing to say."""

    requests: int
    """How many it has brought."""
    since: float = 0.0


class Places:
    """In each state the one comes first that has been there longest."""

    def __init__(self, now: Callable[[], float], *, most_lasting: int) -> None:
        self._now = now
        self._most_lasting = most_lasting
        # A dict keeps the order in which they came.
        self._in: dict[State, dict[int, Held]] = {state: {} for state in State}

    def __len__(self) -> int:
        return sum(map(len, self._in.values()))

    def counts(self) -> dict[str, int]:
        """How many are in which state, by its name."""
        return {state.name.lower(): len(held) for state, held in self._in.items()}

    def admits_one_to_last(self) -> bool:
        """Whether one more may take a place for hours; the rest is kept for requests. If not, that
        is told."""
        lasting = sum(len(self._in[state]) for state in State if state.value.lasts)
        if lasting < self._most_lasting:
            return True
        connection_refused.send("lasting", connections=lasting)
        return False

    def put(self, descriptor: int, state: State, held: Held) -> None:
        """It has come to this state."""
        held.since = self._now()
        self._in[state][descriptor] = held

    def move(self, descriptor: int, held: Held, *, before: State, now: State) -> None:
        """It goes from one state to another, or goes on in the same."""
        held.since = self._now()
        if before is now:
            del self._in[now][descriptor]
        self._in[now][descriptor] = held
        if before is not now:
            del self._in[before][descriptor]

    def forget(self, descriptor: int) -> None:
        """It is in no state any more."""
        for held in self._in.values():
            held.pop(descriptor, None)

    def find(self, descriptor: int) -> tuple[State, Held] | None:
        """Its state, and what is kept of it."""
        for state, held in self._in.items():
            if (found := held.get(descriptor)) is not None:
                return state, found
        return None

    def one_too_many(self, state: State) -> Held | None:
        """The one that has been in it longest, if there are more than it has room for."""
        held = self._in[state]
        return next(iter(held.values())) if len(held) > state.value.most else None

    def all(self, state: State) -> list[tuple[int, Held]]:
        """All that are in it."""
        return list(self._in[state].items())

    def everywhere(self) -> list[int]:
        """The descriptors of all."""
        return [descriptor for held in self._in.values() for descriptor in held]

    def before(self, moment: float, state: State) -> Iterator[tuple[int, Held]]:
        """Those that have been in it since before then, the longest first."""
        for descriptor, held in self._in[state].items():
            if held.since >= moment:
                return
            yield descriptor, held
