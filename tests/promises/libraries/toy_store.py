"""Where the toy keeps its records: a dict, without upsert, and a note of where each one went."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from tests.promises.adapter import Fields

# For how long, in seconds, it is known where a session went.
REMEMBERED = 120


@dataclass(eq=False)
class StoredSession:
    """What the store keeps."""

    fields: Fields
    seen_at: float


@dataclass(frozen=True)
class Address:
    """Where a session went: to another token, or nowhere."""

    left_at: float
    token: str | None = None
    changes_who: bool = False


class Outcome(Enum):
    """What became of a change."""

    DONE = auto()
    FOLLOWED = auto()
    GONE = auto()
    OVERTAKEN = auto()


@dataclass(eq=False)
class Store:
    """Each method is atomic: nothing in them waits."""

    idle: float
    clock: float = 0.0
    records: dict[str, StoredSession] = field(default_factory=dict)
    addresses: dict[str, Address] = field(default_factory=dict)

    def load(self, token: str) -> Fields | None:
        """What a request is given."""
        record = self.live(token)
        return None if record is None else copy_of(record.fields)

    def live(self, token: str) -> StoredSession | None:
        """The record, unless it rested too long: then it goes."""
        record = self.records.get(token)
        if record is not None and self.clock >= record.seen_at + self.idle:
            del self.records[token]
            return None
        return record

    def address(self, token: str) -> Address | None:
        """Where the session went, for a while."""
        address = self.addresses.get(token)
        known = address is not None and self.clock - address.left_at < REMEMBERED
        return address if known else None

    def follow(self, token: str) -> tuple[str, Outcome]:
        """The token that the session has by now, if nobody has signed in meanwhile."""
        outcome = Outcome.DONE
        while (address := self.address(token)) is not None:
            if address.token is None:
                return token, Outcome.GONE
            if address.changes_who:
                return token, Outcome.OVERTAKEN
            token, outcome = address.token, Outcome.FOLLOWED
        return token, outcome if self.live(token) else Outcome.GONE

    def patch(self, token: str, changed: Fields, dropped: set[str]) -> Outcome:
        """Follows an exchange: what was sent before it still counts."""
        token, outcome = self.follow(token)
        if outcome in (Outcome.DONE, Outcome.FOLLOWED):
            record = self.records[token]
            record.seen_at = self.clock
            record.fields.update(copy_of(changed))
            for name in dropped:
                record.fields.pop(name, None)
            if not record.fields:
                self.end(token)
        return outcome

    def exchange(self, old: str, new: str, *, changes_who: bool, keeps: bool = True) -> bool:
        """Move the session to a new token, unless it has moved already; asked again, the same."""
        if self.addresses.get(old, Address(0)).token == new:
            return True
        if (record := self.live(old)) is None:
            return False
        del self.records[old]
        self.records[new] = StoredSession(record.fields if keeps else {}, self.clock)
        self.addresses[old] = Address(self.clock, new, changes_who)
        return True

    def end(self, token: str) -> Outcome:
        """End the session, wherever it has gone."""
        token, outcome = self.follow(token)
        if self.records.pop(token, None) is not None:
            self.addresses[token] = Address(self.clock)
        return outcome


def copy_of(fields: Fields) -> Fields:
    """Nobody's list is anybody else's."""
    return {n: list(value) if isinstance(value, list) else value for n, value in fields.items()}
