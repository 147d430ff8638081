"""Opens sessions and carries out what the plan says; knows nothing of HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from quart_app.errors import StoreUnavailable
from quart_app.sessions.device import device_label
from quart_app.sessions.plan import Facts, Plan, Step
from quart_app.sessions.record import Record
from quart_app.sessions.seal import NoSeal, Seal, TokenSeal, Unopenable
from quart_app.sessions.session import ServerSideSession
from quart_app.sessions.stores.base import Store
from quart_app.sessions.tokens import key_of, new_token

log = logging.getLogger(__name__)

# A field of ours beside the application's: where a session that is bound to an address began. No
# `session.clear()` reaches it.
_ADDRESS = "\0address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a request comes from, as far as a session keeps it."""

    user_agent: str
    address: str | None
    """Only for applications that bind sessions to it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A live session whose fields this token opened."""

    record: Record
    values: Mapping[str, bytes]


class Keeper:
    """What all requests of one application share."""

    def __init__(self, store: Store, *, sealed: bool) -> None:
        self.store = store
        self._sealed = sealed

    async def find(self, token: str, origin: Origin) -> Found | None:
        """The session that this token leads to, for somebody who comes from there."""
        if (record := await self.store.load(key_of(token))) is None:
            return None
        try:
            values = self._seal(token).open(record.fields)
        except Unopenable as exc:
            log.warning("session refused", extra={"key": record.key[:12], "reason": str(exc)})
            return None
        began_at = values.pop(_ADDRESS, None)
        if origin.address is not None and began_at != origin.address.encode():
            # Not ended either: that would let a thief sign the owner out.
            log.warning("session refused", extra={"key": record.key[:12], "reason": "address"})
            return None
        return Found(record, values)

    async def carry_out(
        self, plan: Plan, facts: Facts, session: ServerSideSession, origin: Origin
    ) -> Record | None:
        """Do it, and leave the session as the store now has it; `None` if it has ended."""
        token = session.token_for_cookie() or new_token()
        stored = session.stored_after(facts)
        if plan.step in (Step.CREATE, Step.ROTATE):
            token = new_token() if plan.step is Step.ROTATE else token
            stored = session.values_of(plan.carried)
            new = self._new_record(token, stored, plan, facts, session, origin)
            record = await self._begin(new, token, plan, facts, session)
            session.ended(facts.names - plan.carried)
        else:
            record = await self._go_on(token, plan, facts)
        if record is None:
            session.forgotten()
        else:
            session.settled(token=token, record=record, stored=stored)
        return record

    async def _go_on(self, token: str, plan: Plan, facts: Facts) -> Record | None:
        key = key_of(token)
        match plan.step:
            case Step.PATCH:
                seal = self._seal(token)
                return await self.store.patch(
                    key,
                    set=_closed(seal, facts.set),
                    unset=_labels(seal, facts.unset),
                    lifetime=facts.lifetime,
                )
            case Step.TOUCH:
                return await self.store.touch(key, seen_at=self.store.clock())
            case Step.DELETE:
                await self.store.delete(key)
                return None
        return facts.record

    async def _begin(
        self, new: Record, token: str, plan: Plan, facts: Facts, session: ServerSideSession
    ) -> Record | None:
        """The new record is written before the old one is deleted: a crash in between leaves two
        sessions and never none. Of several requests, the one that gets to delete it goes on."""
        await self.store.create(new)
        if (old := facts.record) is None:
            return new
        try:
            last = await self.store.delete(old.key)
        except StoreUnavailable:
            with suppress(StoreUnavailable):
                await self.store.delete(new.key)
            raise
        seal = self._seal(token)
        if last is not None:
            return await self._catch_up(new, seal, plan, facts, session, last=last)
        if facts.signs_in:
            # Whoever signs in is signed in. But what the session held went to somebody else.
            return await self.store.patch(
                new.key, unset=_labels(seal, plan.carried - facts.set.keys())
            )
        await self.store.delete(new.key)
        return None

    async def _catch_up(
        self,
        new: Record,
        seal: Seal,
        plan: Plan,
        facts: Facts,
        session: ServerSideSession,
        *,
        last: Record,
    ) -> Record | None:
        """Give the new record what other requests changed in the old one until it was deleted."""
        old = facts.record
        if facts.owner_left or old is None or last.fields == old.fields:
            return new
        ours = facts.set.keys() | facts.unset
        old_seal = self._seal(session.token_for_cookie() or "")
        late = {
            label: value for label, value in last.fields.items() if old.fields.get(label) != value
        }
        values = {name: value for name, value in old_seal.open(late).items() if name not in ours}
        gone = old.fields.keys() - last.fields.keys()
        dropped = {name for name in plan.carried - ours if old_seal.label(name) in gone}
        return await self.store.patch(
            new.key, set=_closed(seal, values), unset=_labels(seal, dropped)
        )

    def _new_record(
        self,
        token: str,
        values: Mapping[str, bytes],
        plan: Plan,
        facts: Facts,
        session: ServerSideSession,
        origin: Origin,
    ) -> Record:
        now = self.store.clock()
        if origin.address is not None:
            values = {**values, _ADDRESS: origin.address.encode()}
        before = None if plan.restarts_clocks else facts.record
        return Record(
            key=key_of(token),
            fields=_closed(self._seal(token), values),
            created_at=now if before is None else before.created_at,
            seen_at=now,
            lifetime=session.lifetime(now=now, restarts=plan.restarts_clocks),
            owner=facts.owner,
            device=device_label(origin.user_agent),
        )

    def _seal(self, token: str) -> Seal:
        return TokenSeal(token) if self._sealed else NoSeal()


def _closed(seal: Seal, values: Mapping[str, bytes]) -> dict[str, bytes]:
    return {seal.label(name): seal.close(name, value) for name, value in values.items()}


def _labels(seal: Seal, names: Iterable[str]) -> set[str]:
    return {seal.label(name) for name in names}
