"""Connections at rest: each costs its socket and one small entry here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Parked:
    """What is known of a connection that has nothing to say."""

    since: float
    requests: int


class Parking:
    """By descriptor, the longest at rest first."""

    def __init__(self) -> None:
        # A dict keeps the order in which they came, and nothing here moves up.
        self._entries: dict[int, Parked] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def enter(self, descriptor: int, parked: Parked) -> None:
        self._entries[descriptor] = parked

    def leave(self, descriptor: int) -> Parked | None:
        """The entry of a connection that wakes; `None` if it is not here."""
        return self._entries.pop(descriptor, None)

    def all(self) -> list[int]:
        return list(self._entries)

    def longest(self, *, since_before: float) -> int | None:
        """The one that has rested longest, if it has rested so long."""
        return next(self._before(since_before), None)

    def resting_since_before(self, moment: float) -> list[int]:
        """Those that have rested too long."""
        return list(self._before(moment))

    def _before(self, moment: float) -> Iterator[int]:
        for descriptor, parked in self._entries.items():
            if parked.since >= moment:
                return
            yield descriptor
