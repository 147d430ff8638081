"""A session goes on under a new token, without losing what other requests change meanwhile."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace

from quart_app.errors import StoreUnavailable
from quart_app.sessions.held import own_fields
from quart_app.sessions.held.facts import Facts
from quart_app.sessions.held.seal import Seal, Unopenable, labels
from quart_app.sessions.saving.endings import Ending, Endings
from quart_app.sessions.saving.following import Change, Done, Lost, Reached, carry, end
from quart_app.sessions.saving.plan import Plan
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.record import Lifetime, Record

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """A new record, and the names of the values that are in it."""

    record: Record
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """The new record is there before the old one is retired: a crash in between leaves two sessions
    and never none. Of several requests on one token, the one that retires the old record has what
    was in it."""

    store: Store
    endings: Endings
    plan: Plan
    facts: Facts
    old: Record
    new: Record
    old_seal: Seal
    seal: Seal

    async def run(self) -> Begun | Done | Lost:
        """The new record as it is in the end, or what became of the request's changes instead.
        Raises `StoreUnavailable`."""
        last = await self._retire()
        # To the pages that show the old session, before anything else can fail.
        self.endings.tell(self.old.key)
        if isinstance(last, Record):
            if self.facts.owner_left:
                self.endings.ended(last, self._ending())
            return await self._catch_up(last)
        if self.facts.surely_signs_in:
            return await self._start_afresh()
        if self.facts.takes_everything:
            outcome = await self._end_old()
        else:
            outcome = await self._follow()
        with suppress(StoreUnavailable):  # no browser has its token, and it ends by itself
            await self.store.delete(self.new.key)
        return Done.FOLLOWED if outcome is Done.ENDED else outcome

    async def _retire(self) -> Record | ForwardingAddress | None:
        changes_who = self.facts.changes_who
        address = ForwardingAddress(
            left_at=self.store.clock(),
            successor=self.new.key,
            changes_owner=changes_who,
            secret=b"" if changes_who else self.old_seal.passed_on(self.seal),
        )
        with suppress(StoreUnavailable):
            return await self.store.retire(self.old.key, address)
        try:
            # It may have been carried out, with the answer lost: then this is answered the same.
            return await self.store.retire(self.old.key, address)
        except StoreUnavailable as exc:
            # The new record stays: it may be the only one.
            raise StoreUnavailable(exc.reason, may_be_done=True) from exc

    async def _start_afresh(self) -> Begun | Lost:
        """Another request was quicker. Still, an owner who signs in is signed in: with what this
        request itself stored, since what the old session held has gone elsewhere."""
        if self.facts.owner_left:
            await self._end_old()
        kept = self.plan.carried & self.facts.assigned
        others = {*(self.plan.carried - kept), own_fields.FIRST_KEY}
        record = await self.store.patch(self.new.key, unset=labels(self.seal, others))
        return Lost.ENDED if record is None else Begun(record, kept)

    async def _end_old(self) -> Done | Lost:
        return await end(self.old.key, self._ending(), store=self.store, endings=self.endings)

    def _ending(self) -> Ending:
        return Ending.SIGNED_OUT if self.facts.owner is None else Ending.SIGNED_IN_ANEW

    async def _follow(self) -> Done | Lost:
        """Another request was quicker: the session has its new token, and the changes go there."""
        values = dict(self.facts.set)
        if self.facts.owner_left:
            values[own_fields.ROTATION_DUE] = b"1"
        change = Change(set=values, unset=self.facts.unset, lifetime=self.facts.lifetime)
        reached = await carry(change, store=self.store, seal=self.old_seal, record=self.old)
        return Done.FOLLOWED if isinstance(reached, Reached) else reached

    async def _catch_up(self, last: Record) -> Begun | Lost:
        """Apply what other requests changed in the old record until it was retired. What has been
        changed in the new one since then, by requests that followed, is newer and stays."""
        is_unchanged = last.fields == self.old.fields and last.lifetime == self.old.lifetime
        if self.facts.takes_everything or is_unchanged:
            return Begun(self.new, self.plan.carried)
        try:
            # The clocks by themselves: a newer turn of them goes with its own facts.
            if (lifetime := self._turned_clocks(last)) is not None:
                facts = own_fields.vouched(self.new.owner, self.new.created_at, lifetime)
                await self.store.patch(
                    self.new.key,
                    set=self.seal.close({own_fields.FACTS: facts}),
                    lifetime=lifetime,
                    since=self.new.fields,
                )
            change = self._changed_by_others(last)
            record = await self.store.patch(
                self.new.key,
                set=self.seal.close(change.set),
                unset=labels(self.seal, change.unset),
                since=self.new.fields,
            )
        except (StoreUnavailable, Unopenable) as exc:
            # The old token is dead already: an error page would leave the visitor with none.
            reason = str(exc)
            fields = {"key": self.old.key[:12], "reason": reason}
            log.warning("session change lost: %s", reason, extra=fields)
            return Begun(self.new, self.plan.carried)
        return Lost.ENDED if record is None else Begun(record, self.plan.carried)

    def _changed_by_others(self, last: Record) -> Change:
        """What the old record had in the end, and neither this request nor the new one knows of.
        Raises `Unopenable`."""
        old, ours = self.old, self.facts.set.keys() | self.facts.unset
        changed = {
            label: value for label, value in last.fields.items() if old.fields.get(label) != value
        }
        theirs = {
            name: value
            for name, value in self.old_seal.open(changed).items()
            if name not in ours and name not in own_fields.OF_ONE_RECORD
        }
        gone = old.fields.keys() - last.fields.keys()
        dropped = {name for name in self.plan.carried - ours if self.old_seal.label(name) in gone}
        return Change(set=theirs, unset=dropped)

    def _turned_clocks(self, last: Record) -> Lifetime | None:
        """The new record's clocks, if another request turned the old one's and this one did not."""
        if last.lifetime == self.old.lifetime or self.facts.lifetime or self.facts.owner_changes:
            return None
        length = last.lifetime.ends_at - last.created_at
        return replace(last.lifetime, ends_at=self.new.created_at + length)
