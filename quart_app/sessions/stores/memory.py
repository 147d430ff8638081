"""Sessions in a dict: for tests and for one process that may forget."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from quart_app.errors import KeyTaken
from quart_app.sessions.stores.base import NOTHING, Clock, Store, Swept
from quart_app.sessions.stores.forwarding import ForwardingAddress, Retired
from quart_app.sessions.stores.record import Lifetime, Record, oldest_first


class MemoryStore(Store):
    """No method awaits between reading and writing, so the event loop makes each one atomic."""

    place = "in memory, gone when the server stops"

    def __init__(self, *, clock: Clock = time.time) -> None:
        super().__init__(clock=clock)
        self._records: dict[str, Record] = {}
        self._owned: defaultdict[str, set[str]] = defaultdict(set)
        self._retired: dict[str, Retired] = {}
        self._to_sweep: list[str] = []

    async def create(self, record: Record, *, count: bool = False) -> int | None:
        if record.key in self._records or record.key in self._retired:
            raise KeyTaken
        # The caller's own mapping may change later.
        self._records[record.key] = replace(record, fields=dict(record.fields))
        if record.owner is None:
            return 0 if count else None
        self._owned[record.owner].add(record.key)
        return len(self._owned[record.owner]) if count else None

    async def find(self, key: str) -> Record | ForwardingAddress | None:
        if (record := self._live(key)) is not None:
            return record
        retired = self._kept(key)
        return None if retired is None else retired.address

    async def patch(
        self,
        key: str,
        *,
        set: Mapping[str, bytes] = NOTHING,
        unset: Collection[str] = (),
        lifetime: Lifetime | None = None,
        since: Mapping[str, bytes] | None = None,
    ) -> Record | None:
        if (record := self._live(key)) is None:
            return None
        changed = record.patched(self.clock(), set=set, unset=unset, lifetime=lifetime, since=since)
        self._records[key] = changed
        return changed

    async def touch(self, key: str, *, seen_at: float) -> Record | None:
        if (record := self._live(key)) is None:
            return None
        self._records[key] = touched = record.seen(seen_at)
        return touched

    async def retire(
        self, key: str, address: ForwardingAddress
    ) -> Record | ForwardingAddress | None:
        if (retired := self._kept(key)) is not None:
            return retired.told_to(address)
        if (record := self._live(key)) is not None:
            self._forget(key)
            self._retired[key] = Retired(record=record, address=address)
        return record

    async def delete(self, key: str) -> Record | None:
        record = self._live(key)
        self._forget(key)
        return record

    async def owned_by(self, owner: str) -> list[Record]:
        found = [self._live(key) for key in tuple(self._owned.get(owner, ()))]
        return oldest_first(record for record in found if record)

    async def sweep(self, *, budget: int) -> Swept:
        if not self._to_sweep:
            self._to_sweep = [*self._records, *self._retired]
        batch, self._to_sweep = self._to_sweep[:budget], self._to_sweep[budget:]
        before = len(self._records) + len(self._retired)
        for key in batch:
            self._live(key)
            self._kept(key)
        return Swept(
            examined=len(batch),
            removed=before - len(self._records) - len(self._retired),
            finished=not self._to_sweep,
        )

    async def check(self) -> None:
        """Memory is always there."""

    async def close(self) -> None:
        """Nothing is open. The sessions stay: closing is not forgetting."""

    def _live(self, key: str) -> Record | None:
        record = self._records.get(key)
        if record is not None and not record.is_live(self.clock()):
            self._forget(key)
            return None
        return record

    def _kept(self, key: str) -> Retired | None:
        retired = self._retired.get(key)
        if retired is not None and not retired.address.is_kept(self.clock()):
            del self._retired[key]
            return None
        return retired

    def _forget(self, key: str) -> None:
        record = self._records.pop(key, None)
        if record is None or record.owner is None:
            return
        self._owned[record.owner].discard(key)
        if not self._owned[record.owner]:
            del self._owned[record.owner]
