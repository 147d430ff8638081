"""The promises that every store keeps. To write another store, implement this class and put it
through `quart_app.testing.store_contract.StoreContract`."""

from __future__ import annotations

import asyncio
import builtins
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.record import Lifetime, Record

Clock = Callable[[], float]
ENDED_TOGETHER = 32
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

    A record that has expired is not there. A clock that is set back may find it again, for a day at
    most and where the store keeps files: so a machine whose clock was wrong has ended no session
    that was alive by all other clocks. Nothing but the time brings back what `delete` or `retire`
    has ended.

    Keys are 64 hexadecimal digits. Fields are opaque bytes under names of at most 64 ASCII letters,
    digits, `-` and `_`. Constructors do no I/O, the first call opens what it needs, in whatever
    event loop it runs.
    """

    place = "in a store of the application's own"
    """Where its records are, in words for an operator, and no password among them."""
    cure = "try again"
    """What an operator can do if it is not to be reached when the server starts."""

    def __init__(self, *, clock: Clock = time.time) -> None:
        self.clock = clock

    @abstractmethod
    async def create(self, record: Record, *, count: bool = False) -> int | None:
        """Keep a new record. Returns `None`, or with `count` how many sessions its owner's list
        names now: some may have ended, none is missing. Raises `KeyTaken` if there is a record
        under this key, live or not."""

    @abstractmethod
    async def find(self, key: str) -> Record | ForwardingAddress | None:
        """The record if it is live now, or for two minutes the address that it left, or `None`."""

    async def load(self, key: str) -> Record | None:
        """The record if it is live now, else `None`."""
        found = await self.find(key)
        return found if isinstance(found, Record) else None

    async def forwarding(self, key: str) -> ForwardingAddress | None:
        """The address that a retired record left under this key, for two minutes, or `None`."""
        found = await self.find(key)
        return found if isinstance(found, ForwardingAddress) else None

    @abstractmethod
    async def patch(
        self,
        key: str,
        *,
        set: Mapping[str, bytes] = NOTHING,
        unset: Collection[str] = (),
        lifetime: Lifetime | None = None,
        since: Mapping[str, bytes] | None = None,
    ) -> Record | None:
        """Change these fields and no others, and move `seen_at` on to now. Returns the record as it
        is then; `None`, and nothing written, if the session is gone: then no caller may act on it.
        A name in `set` and in `unset` is set. With `since`, a field that is no longer as it was
        there is left alone, and if there is such a one, so is the lifetime: this is how a change
        that comes late gives way to one that was made after it."""

    @abstractmethod
    async def touch(self, key: str, *, seen_at: float) -> Record | None:
        """Note that the session's cookie came back. Never moves `seen_at` back, and changes no
        field. Returns the record as it is then; `None` if the session is gone."""

    @abstractmethod
    async def retire(
        self, key: str, address: ForwardingAddress
    ) -> Record | ForwardingAddress | None:
        """End the session under this key for good, and leave the address in its place. Returns the
        record as it was at that moment: every patch that was answered before is in it, every later
        one is answered with `None`. Of several callers exactly one gets it, and gets it again if it
        asks again with the same address. All others get the address that was left before; `None` if
        nothing is known of the key. Where the address cannot be kept, the session ends all the
        same."""

    @abstractmethod
    async def delete(self, key: str) -> Record | None:
        """Remove a record and leave no address: no browser has its token. Returns the record as it
        was, to exactly one of several callers, or `None`. An address under this key stays."""

    @abstractmethod
    async def owned_by(self, owner: str) -> list[Record]:
        """The live sessions of this owner, oldest first. A session is listed from before `create`
        returns until it ends; sign-ins at the same time lose none."""

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

    async def application(self) -> str | None:
        """Which application keeps its sessions here, as was noted last; `None` if none was, and for
        a store that no other can have, as one in memory."""
        return None

    async def note_application(self, application: str) -> None:
        """Note that this application does, in place of the one before."""
        return

    async def end(self, key: str) -> Record | ForwardingAddress | None:
        """End the session for good, under whatever key it goes on by now. Returns the record as it
        ended, if this call ended it; else the last address on the way there: that of an end, or of
        a move to another owner, whose session is not this caller's to end; or `None`."""
        seen = {key}
        while True:
            ended = await self.retire(key, ForwardingAddress(left_at=self.clock()))
            if not isinstance(ended, ForwardingAddress) or not ended.within_sign_in:
                return ended
            # A store that another program writes to could send us round in circles.
            if (key := str(ended.successor)) in seen:
                return None
            seen.add(key)

    async def delete_owned_by(self, owner: str, *, except_key: str | None = None) -> list[Record]:
        """End every session of this owner that existed when the call began, but that of
        `except_key`, under whatever keys they go on by now. Returns the records that this call
        ended. One that cannot be ended does not spare the others; the failure is raised then."""
        listed = await self.owned_by(owner)
        spared = await self._trail_of(except_key)
        # A move under way has written the new record, and not yet the old one's address.
        spared |= {record.key for record in listed if record.predecessor in spared}
        keys = [record.key for record in listed if record.key not in spared]
        ended: list[Record | ForwardingAddress | BaseException | None] = []
        for start in range(0, len(keys), ENDED_TOGETHER):
            together = map(self.end, keys[start : start + ENDED_TOGETHER])
            ended += await asyncio.gather(*together, return_exceptions=True)
        for failure in ended:
            if isinstance(failure, BaseException):
                raise failure
        return [record for record in ended if isinstance(record, Record)]

    async def _trail_of(self, key: str | None) -> builtins.set[str]:
        """This key, and those under which its session went on."""
        trail: dict[str, None] = {}
        while key is not None and key not in trail:
            trail[key] = None
            address = await self.forwarding(key)
            key = address.successor if address is not None and address.within_sign_in else None
        return builtins.set(trail)
