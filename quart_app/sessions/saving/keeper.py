"""Carries out what the plan says; knows nothing of HTTP."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace

from quart_app.errors import StoreUnavailable
from quart_app.sessions.held import own_fields
from quart_app.sessions.held.facts import Facts
from quart_app.sessions.held.journal import Journal
from quart_app.sessions.held.lifetimes import Limits
from quart_app.sessions.held.owner import SOMEBODY
from quart_app.sessions.held.seal import NoSeal, Seal, TokenSeal, labels
from quart_app.sessions.held.tokens import new_token
from quart_app.sessions.http.client import Client
from quart_app.sessions.http.device import device_label
from quart_app.sessions.saving.endings import Ending, Endings
from quart_app.sessions.saving.following import (
    Change,
    Done,
    Lost,
    Reached,
    carry,
    end,
    whereabouts,
)
from quart_app.sessions.saving.opening import Late
from quart_app.sessions.saving.plan import Plan, Step
from quart_app.sessions.saving.readiness import Readiness
from quart_app.sessions.saving.rotation import Begun, Rotation
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.record import Record
from quart_app.signals import record_made

log = logging.getLogger(__name__)

# Names of entries are an application's, but it may put a client's words into them.
MOST_RECOGNISED = 100
# An owner's sessions are counted, and the list read if there are too many, at one sign-in in so
# many, where that many more do no harm: to read it costs as much as ten sign-ins.
COUNTED_ONCE_IN = 16


class Keeper:
    """What all requests of one application share when they end."""

    def __init__(self, store: Store, *, sealed: bool, endings: Endings) -> None:
        self.store = store
        self.readiness = Readiness(store)
        self._seal: type[TokenSeal | NoSeal] = TokenSeal if sealed else NoSeal
        self._endings = endings
        self._recognised: set[str] = set()

    async def carry_out(
        self, plan: Plan, facts: Facts, journal: Journal, client: Client
    ) -> Done | Lost:
        """Do it, and leave the journal with what the store now has. Raises `StoreUnavailable`."""
        try:
            match plan.step:
                case Step.CREATE | Step.ROTATE:
                    outcome = await self._begin(plan, facts, journal, client)
                    if outcome is Done.WENT_ON:
                        # A full disk still takes a change in place, and a sign-out.
                        self.readiness.wrote()
                        if plan.step is Step.CREATE:
                            record_made.send(self.store)
                case Step.PATCH:
                    outcome = await self._patch(plan, facts, journal)
                case Step.TOUCH:
                    outcome = await self._touch(facts, journal)
                case _:
                    outcome = await self._end(facts, journal)
                    journal.forgotten()
        except StoreUnavailable:
            self.readiness.failed()
            raise
        return outcome

    async def carry_late(
        self, late: Late, facts: Facts, journal: Journal, client: Client
    ) -> Done | Lost:
        """What a request changed that saw nothing of its session: all that is known is what it put
        in, and what it tried to take out."""
        change = Change(set=facts.set, unset=journal.dropped - facts.set.keys())
        if not change and not journal.is_cleared:
            return Done.WENT_ON
        signs_out = journal.tries_to_sign_out  # as it is now, like the facts
        reached = await whereabouts(self.store, self._seal.of(late.token))
        if isinstance(reached, Reached) and not _may_act(client, reached):
            log.warning("session refused: %s", "address", extra={"key": reached.seal.key[:12]})
            reached = Lost.UNKNOWN
        if isinstance(reached, Reached) and signs_out and reached.record.owner:
            if journal.is_cleared or not facts.owner_is_guessed:
                return await self._end_one(reached.record.key, Ending.SIGNED_OUT)
            change = replace(change, set={**change.set, own_fields.ROTATION_DUE: b"1"})
        if isinstance(reached, Reached):
            reached = await carry(change, store=self.store, seal=reached.seal, record=None)
        if isinstance(reached, Lost):
            journal.forgotten()
            return reached
        journal.passed_on(change.set, change.unset)
        await self._end_if_empty(reached)
        return Done.FOLLOWED

    async def _patch(self, plan: Plan, facts: Facts, journal: Journal) -> Done | Lost:
        record = facts.record
        values = {name: value for name, value in facts.set.items() if name in plan.carried}
        unset = facts.unset & plan.carried
        due = {own_fields.ROTATION_DUE: b"1"} if plan.makes_rotation_due else {}
        change = Change(set={**values, **due}, unset=unset, lifetime=facts.lifetime)
        seal = self._seal_of(journal)
        reached = await carry(change, store=self.store, seal=seal, record=record)
        if isinstance(reached, Lost) or record is None:
            journal.forgotten()
            return Lost.UNKNOWN if isinstance(reached, Reached) else reached
        has_moved = reached.record.key != record.key
        if not has_moved:
            record = _as_known(record, reached, unset=unset)
        journal.settled(
            # Where it has moved, the next change of a websocket, say, has to follow as well.
            record=record,
            stored=journal.stored_after(values, unset),
            owner=facts.owner,
            is_rotation_due=facts.is_rotation_due or plan.makes_rotation_due,
        )
        return Done.FOLLOWED if has_moved else Done.WENT_ON

    async def _touch(self, facts: Facts, journal: Journal) -> Done | Lost:
        """If it has moved or ended meanwhile, that is nothing to a request that only reads."""
        record = await self.store.touch(journal.key, seen_at=self.store.clock())
        if record is None:
            return Done.FOLLOWED
        stored = journal.stored_after(facts.set, facts.unset)
        known = record.fields if facts.record is None else facts.record.fields
        journal.settled(
            record=replace(record, fields=known),
            stored=stored,
            owner=facts.owner,
            is_rotation_due=facts.is_rotation_due,
        )
        return Done.WENT_ON

    async def _end(self, facts: Facts, journal: Journal) -> Done | Lost:
        key = journal.key
        if facts.owner_before is not None:
            return await self._end_one(key, Ending.SIGNED_OUT)
        # Nothing of a visitor's is left, as far as this request knows: another request may have
        # stored something meanwhile, and that stays.
        change = Change(unset=facts.names | facts.unset)
        reached = await carry(
            change, store=self.store, seal=self._seal_of(journal), record=facts.record
        )
        if isinstance(reached, Lost):
            return reached
        outcome = await self._end_if_empty(reached)
        return outcome if reached.record.key == key else Done.FOLLOWED

    async def _end_if_empty(self, reached: Reached) -> Done | Lost:
        """A visitor who stores nothing leaves nothing."""
        ours = labels(reached.seal, own_fields.ALL)
        if reached.record.fields.keys() - ours:
            return Done.FOLLOWED
        return await self._end_one(reached.record.key, Ending.SIGNED_OUT)

    async def _end_one(self, key: str, ending: Ending) -> Done | Lost:
        return await end(key, ending, store=self.store, endings=self._endings)

    async def take_back(self, journal: Journal) -> None:
        """End the session that this request began: the application does not let it stand."""
        key = journal.key
        journal.forgotten()
        await self._end_one(key, Ending.TAKEN_BACK)

    async def _begin(
        self, plan: Plan, facts: Facts, journal: Journal, client: Client
    ) -> Done | Lost:
        # A new session may have told its `sid` already; that one it keeps.
        token = journal.token if plan.step is Step.CREATE and journal.token else new_token()
        stored = {name: facts.values[name] for name in facts.values if name in plan.carried}
        if facts.takes_everything:
            journal.clocks.left_by_owner()
        seal = self._seal.of(token)
        new = self._new_record(seal, stored, facts, journal, client)
        most = _most_of(new, journal.limits)
        owned = await self.store.create(new, count=most is not None)
        outcome: Begun | Done | Lost = Begun(new, plan.carried)
        if facts.record is not None:
            outcome = await Rotation(
                store=self.store,
                endings=self._endings,
                plan=plan,
                facts=facts,
                old=facts.record,
                new=new,
                old_seal=self._seal_of(journal),
                seal=seal,
            ).run()
        if not isinstance(outcome, Begun):
            journal.forgotten()
            return outcome
        if most is not None and owned is not None and owned > most:
            await self._end_longest_unseen(new, most=most)
        self._tell_of(facts.guessed_by)
        journal.ended(facts.names - outcome.names)
        goes_on = facts.record is not None and not facts.changes_who
        journal.begun(token, seal, first_key=journal.first_key if goes_on else None)
        journal.settled(
            record=outcome.record,
            stored={name: stored[name] for name in stored if name in outcome.names},
            owner=facts.owner,
        )
        return Done.WENT_ON

    def _new_record(
        self,
        seal: TokenSeal | NoSeal,
        stored: Mapping[str, bytes],
        facts: Facts,
        journal: Journal,
        client: Client,
    ) -> Record:
        now, same_owner = self.store.clock(), not facts.owner_changes
        lifetime = journal.clocks.restarted(facts.record, now=now, same_owner=same_owner)
        values = {**stored, own_fields.FACTS: own_fields.vouched(facts.owner, now, lifetime)}
        if client.address is not None:
            values[own_fields.ADDRESS] = client.address.encode()
        if facts.record is not None and not facts.changes_who:
            values[own_fields.FIRST_KEY] = journal.first_key.encode()
        return Record(
            key=seal.key,
            fields=seal.close(values),
            created_at=now,
            seen_at=now,
            lifetime=lifetime,
            owner=facts.owner,
            device=device_label(client.user_agent),
            awaits_cookie=True,
            predecessor=None if facts.record is None else facts.record.key,
        )

    def _seal_of(self, journal: Journal) -> Seal:
        """The one that opened it, if the store has it."""
        return journal.seal or self._seal.of(journal.token or new_token())

    async def _end_longest_unseen(self, new: Record, *, most: int) -> None:
        """Of more sessions than an owner may have. No two that begin at once end each other: should
        all stay, the next sign-in ends them."""
        try:
            listed = await self.store.owned_by(new.owner or "")
            listed.sort(key=lambda record: (record.seen_at, record.created_at, record.key))
            for record in listed[: max(0, len(listed) - most)]:
                if record.key == new.key:
                    break
                await self._end_one(record.key, Ending.TOO_MANY)
        except StoreUnavailable as exc:
            log.warning(
                "old sessions of an owner not ended: %s", str(exc), extra={"reason": str(exc)}
            )

    def _tell_of(self, recognised: frozenset[str]) -> None:
        for name in sorted(recognised - self._recognised):
            if len(self._recognised) >= MOST_RECOGNISED:
                return
            self._recognised.add(name)
            log.info(
                "session entry %r looks like signing in, so it gave a new token: if another entry "
                "says who is signed in, name that one in SESSION_OWNER_KEY",
                name,
            )


def _most_of(new: Record, limits: Limits) -> int | None:
    """How many sessions its owner may have, if they are to be counted now."""
    if new.owner in (None, SOMEBODY) or (most := limits.sessions_per_owner) is None:
        return None
    # Keys are hashes: as good as a die, and every process throws its own.
    return most if most < COUNTED_ONCE_IN or int(new.key, 16) % COUNTED_ONCE_IN == 0 else None


def _as_known(before: Record, reached: Reached, *, unset: Collection[str]) -> Record:
    """The record after a change, with the fields that this request knows of: what other requests
    have written is yet to be noticed, should the session move."""
    fields = {**before.fields, **reached.written}
    for label in labels(reached.seal, unset):
        fields.pop(label, None)
    return (
        reached.record
        if fields == reached.record.fields
        else replace(reached.record, fields=fields)
    )


def _may_act(client: Client, reached: Reached) -> bool:
    """Whether a session that is bound to an address is asked from there."""
    label = reached.seal.label(own_fields.ADDRESS)
    field = reached.record.fields.get(label)
    began_at = None if field is None else reached.seal.open({label: field})[own_fields.ADDRESS]
    return client.may_use(began_at)
