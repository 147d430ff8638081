"""A session begins, or goes on under a new token, without losing what others change meanwhile."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace

from quart_app.errors import StoreUnavailable
from quart_app.sessions.ending import end_successors
from quart_app.sessions.endings import Endings
from quart_app.sessions.plan import Facts, Plan
from quart_app.sessions.record import Record
from quart_app.sessions.seal import Seal, Unopenable, labels
from quart_app.sessions.stores.base import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """The new record is written before the old one is deleted: a crash in between leaves two
    sessions and never none. Of several requests on one token, the one that gets to delete the old
    record has what was in it."""

    store: Store
    plan: Plan
    facts: Facts
    new: Record
    seal: Seal
    old_seal: Seal
    endings: Endings

    async def run(self) -> Record | None:
        """The new record as it is in the end; `None` if the session has ended meanwhile."""
        await self.store.create(self.new)
        if (old := self.facts.record) is None:
            return self.new
        try:
            last = await self.store.delete(old.key)
        except StoreUnavailable:
            with suppress(StoreUnavailable):
                await self.store.delete(self.new.key)
            raise
        # To the pages that show the old session, before anything else can fail.
        self.endings.tell(old.key, has_moved=True)
        if last is not None:
            return await self._catch_up(old, last)
        if self.facts.owner_left and old.owner is not None:
            await end_successors(old.owner, [old], store=self.store, endings=self.endings)
        if self.facts.signs_in:
            return await self._start_afresh()
        await self.store.delete(self.new.key)
        return None

    async def _start_afresh(self) -> Record | None:
        # Whoever signs in is signed in. But what the old session held has gone to somebody else.
        others = self.plan.carried - self.facts.set.keys()
        return await self.store.patch(self.new.key, unset=labels(self.seal, others))

    async def _catch_up(self, old: Record, last: Record) -> Record | None:
        """Apply what other requests changed in the old record until it was deleted."""
        if self.facts.owner_left or replace(last, seen_at=old.seen_at) == old:
            return self.new
        changed = {
            label: value for label, value in last.fields.items() if old.fields.get(label) != value
        }
        try:
            values = self.old_seal.open(changed)
        except Unopenable as exc:
            log.warning("session change lost", extra={"key": old.key[:12], "reason": str(exc)})
            return self.new
        ours = self.facts.set.keys() | self.facts.unset
        gone = old.fields.keys() - last.fields.keys()
        dropped = {name for name in self.plan.carried - ours if self.old_seal.label(name) in gone}
        turned_clocks = last.lifetime != old.lifetime and self.facts.lifetime is None
        try:
            return await self.store.patch(
                self.new.key,
                set=self.seal.close({name: values[name] for name in values.keys() - ours}),
                unset=labels(self.seal, dropped),
                lifetime=last.lifetime if turned_clocks and not self.plan.restarts_clocks else None,
            )
        except StoreUnavailable as exc:
            # The old token is dead already: an error page would leave the visitor with none.
            log.warning("session change lost", extra={"key": old.key[:12], "reason": str(exc)})
            return self.new
