"""Opens sessions and carries out what the plan says; knows nothing of HTTP."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from quart_app.sessions.address import UNKNOWN
from quart_app.sessions.device import device_label
from quart_app.sessions.ending import end_successors
from quart_app.sessions.endings import Endings
from quart_app.sessions.plan import Facts, Plan, Step
from quart_app.sessions.record import Lifetime, Record
from quart_app.sessions.rotation import Rotation
from quart_app.sessions.seal import NoSeal, Seal, TokenSeal, labels
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

    def __init__(self, store: Store, *, sealed: bool, endings: Endings) -> None:
        self.store = store
        self._sealed = sealed
        self._endings = endings

    async def find(self, token: str, origin: Origin) -> Found | None:
        """The session that this token leads to, for somebody who comes from there."""
        if (record := await self.store.load(key_of(token))) is None:
            return None
        try:
            values = self._seal(token).open(record.fields)
        except ValueError as exc:
            log.warning("session refused", extra={"key": record.key[:12], "reason": str(exc)})
            return None
        began_at = values.pop(_ADDRESS, None)
        if origin.address is not None and not _is_from(origin.address, began_at):
            # Not ended either: that would let a thief sign the owner out.
            log.warning("session refused", extra={"key": record.key[:12], "reason": "address"})
            return None
        return Found(record, values)

    async def carry_out(
        self, plan: Plan, facts: Facts, session: ServerSideSession, origin: Origin
    ) -> Record | None:
        """Do it, and leave the session as the store now has it; `None` if it has ended."""
        if plan.step in (Step.CREATE, Step.ROTATE):
            return await self._begin(plan, facts, session, origin)
        token = session.token_for_cookie() or ""
        stored = session.stored_after(facts)
        record = await self._go_on(token, plan, facts)
        if record is None:
            session.forgotten()
        else:
            session.settled(token=token, record=record, stored=stored, owner=facts.owner)
        return record

    async def _go_on(self, token: str, plan: Plan, facts: Facts) -> Record | None:
        key = key_of(token)
        if plan.step is Step.PATCH:
            seal = self._seal(token)
            return await self.store.patch(
                key,
                set=seal.close(facts.set),
                unset=labels(seal, facts.unset),
                lifetime=facts.lifetime,
            )
        if plan.step is Step.TOUCH:
            return await self.store.touch(key, seen_at=self.store.clock())
        if facts.owner_before is None:
            return await self._empty(token, facts)
        old = facts.record
        ended = await self.store.delete(key)
        self._endings.tell(key)
        if ended is None and old is not None and old.owner is not None:
            await end_successors(old.owner, [old], store=self.store, endings=self._endings)
        return None

    async def _empty(self, token: str, facts: Facts) -> Record | None:
        """Nothing of a visitor's is left, as far as this request knows: another may have stored
        something meanwhile, and that stays."""
        seal = self._seal(token)
        names = facts.names | facts.unset
        record = await self.store.patch(key_of(token), unset=labels(seal, names))
        if record is None or record.fields.keys() - {seal.label(_ADDRESS)}:
            return record
        await self.store.delete(record.key)
        self._endings.tell(record.key)
        return None

    async def _begin(
        self, plan: Plan, facts: Facts, session: ServerSideSession, origin: Origin
    ) -> Record | None:
        old_token = session.token_for_cookie() or new_token()
        # A new session may have told its `sid` already; that one it keeps.
        token = old_token if plan.step is Step.CREATE else new_token()
        stored = session.values_of(plan.carried)
        if facts.owner_left:
            session.left_by_owner()
        lifetime = session.lifetime(now=self.store.clock(), restarts=plan.restarts_clocks)
        values = stored
        if origin.address is not None:
            values = {**stored, _ADDRESS: origin.address.encode()}
        seal = self._seal(token)
        rotation = Rotation(
            store=self.store,
            plan=plan,
            facts=facts,
            new=self._new_record(token, seal.close(values), plan, facts, lifetime, origin),
            seal=seal,
            old_seal=seal if token == old_token else self._seal(old_token),
            endings=self._endings,
        )
        if (record := await rotation.run()) is None:
            session.forgotten()
            return None
        session.ended(facts.names - plan.carried)
        session.settled(token=token, record=record, stored=stored, owner=facts.owner)
        return record

    def _new_record(
        self,
        token: str,
        fields: Mapping[str, bytes],
        plan: Plan,
        facts: Facts,
        lifetime: Lifetime,
        origin: Origin,
    ) -> Record:
        now = self.store.clock()
        before = None if plan.restarts_clocks else facts.record
        return Record(
            key=key_of(token),
            fields=fields,
            created_at=now if before is None else before.created_at,
            seen_at=now,
            lifetime=lifetime,
            owner=facts.owner,
            device=device_label(origin.user_agent),
        )

    def _seal(self, token: str) -> Seal:
        return TokenSeal(token) if self._sealed else NoSeal()


def _is_from(address: str, began_at: bytes | None) -> bool:
    return address != UNKNOWN and began_at == address.encode()
