"""The promises that every store keeps. To write another store, implement this class and put it
through `quart_app.testing.store_contract.StoreContract`."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quart_app.sessions.record import Lifetime, Record

Clock = Callable[[], float]
DELETED_TOGETHER = 32
NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one bounded step of sweeping did, and whether it came round to the start again."""

    examined: int
    removed: int
    finished: bool


class Store(ABC):
    """Where records live. There is no upsert: only `create` makes a record, and only where there
    is none, so a late writer can never bring back what a sign-out removed.

    Three answers are kept apart. Absent, expired, damaged and foreign are all "not there": `None`.
    Done is a record. Trouble with the store itself raises `StoreUnavailable`, soon, whatever the
    store's client library would wait for; after it the change may or may not have been made.

    Each single call is atomic against every other call on the same key, from any task, process or
    machine that shares the store. A call that was cancelled may still take effect.

    A record that a call finds expired is removed on the way: a clock that is set back later must
    not revive it.

    Keys are 64 hexadecimal digits. Fields are opaque bytes under names of at most 64 ASCII letters,
    digits, `-` and `_`. Constructors do no I/O, the first call opens what it needs, in whatever
    event loop it runs.
    """

    def __init__(self, *, clock: Clock = time.time) -> None:
        self.clock = clock

    @abstractmethod
    async def create(self, record: Record) -> None:
        """Keep a new record. Raises `KeyTaken` if there is one under its key, live or not."""

    @abstractmethod
    async def load(self, key: str) -> Record | None:
        """The record if it is live now."""

    @abstractmethod
    async def patch(
        self,
        key: str,
        *,
        set: Mapping[str, bytes] = NOTHING,
        unset: Collection[str] = (),
        lifetime: Lifetime | None = None,
    ) -> Record | None:
        """Change these fields and no others, and note that somebody came by; the record as it is
        now. `None`, and nothing written, if the session is gone: then nobody may act on it. A name
        in both is set."""

    @abstractmethod
    async def touch(self, key: str, *, seen_at: float) -> Record | None:
        """Note that somebody came by. Like a patch without fields; never moves `seen_at` back."""

    @abstractmethod
    async def delete(self, key: str) -> Record | None:
        """End the session for good and return it as it was at that moment, or `None` if it had
        ended already. Every patch that was answered before is in what this returns; every later
        one is answered with `None`. Of several callers exactly one gets the record."""

    @abstractmethod
    async def owned_by(self, owner: str) -> list[Record]:
        """The live sessions of this owner, oldest first. A session is listed from before `create`
        returns until it ends; sign-ins at the same time lose none."""

    async def delete_owned_by(self, owner: str, *, except_key: str | None = None) -> list[Record]:
        """End every session of this owner that existed when the call began, but this one. One
        that cannot be ended does not spare the others; the failure is raised after them."""
        keys = [record.key for record in await self.owned_by(owner) if record.key != except_key]
        ended: list[Record | BaseException | None] = []
        for start in range(0, len(keys), DELETED_TOGETHER):
            together = map(self.delete, keys[start : start + DELETED_TOGETHER])
            ended += await asyncio.gather(*together, return_exceptions=True)
        for failure in ended:
            if isinstance(failure, BaseException):
                raise failure
        return [record for record in ended if isinstance(record, Record)]

    @abstractmethod
    async def sweep(self, *, budget: int) -> Swept:
        """Look at up to `budget` entries and remove the expired ones. Called again and again, each
        time goes on where the last one stopped. A store that forgets by itself does nothing."""

    @abstractmethod
    async def check(self) -> None:
        """Make sure that the store can serve. Raises `ConfigurationError`, with the cure, for what
        only a person can mend, and `StoreUnavailable` for what may pass."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of everything opened; idempotent. A later call opens it again."""
