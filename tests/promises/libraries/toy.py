"""The smallest session library that keeps every promise: a dict of records, and no upsert.

It shows that the promises can be kept together, and which of them break when one rule is dropped.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.promises.adapter import Adapter, Answer, Fields, Flight, handle
from tests.promises.operations import USER
from tests.promises.schedule import pause


@dataclass(eq=False)
class StoredSession:
    """What the store keeps."""

    fields: Fields
    seen_at: float
    # Where the session went when its token was exchanged: a sign-out has to follow it there.
    moved_to: str | None = None


@dataclass(eq=False)
class Session:
    """What a handler holds, and what it was when it was loaded."""

    token: str | None
    before: Fields
    now: Fields
    sent_token: str | None = None
    in_background: bool = False
    wants_new_token: bool = False

    @property
    def changed(self) -> Fields:
        """What this request stored."""
        return {name: v for name, v in self.now.items() if v != self.before.get(name)}

    @property
    def dropped(self) -> set[str]:
        """What this request took out."""
        return self.before.keys() - self.now.keys()


@dataclass(eq=False)
class Store:
    """Each method is atomic: nothing in them waits."""

    idle: float
    clock: float = 0.0
    records: dict[str, StoredSession] = field(default_factory=dict)

    def load(self, token: str) -> Fields | None:
        """What a request is given."""
        record = self.live(token)
        if record is None or record.moved_to is not None:
            return None
        return copy_of(record.fields)

    def live(self, token: str) -> StoredSession | None:
        """The record, unless it rested too long: then it goes."""
        record = self.records.get(token)
        if record is not None and self.clock >= record.seen_at + self.idle:
            del self.records[token]
            return None
        return record

    def patch(self, token: str, changed: Fields, dropped: set[str]) -> bool:
        """Follows an exchange: what was sent before it still counts."""
        record = self.live(token)
        while record is not None and record.moved_to is not None:
            record = self.live(record.moved_to)
        if record is None:
            return False
        record.seen_at = self.clock
        record.fields.update(copy_of(changed))
        for name in dropped:
            record.fields.pop(name, None)
        return True

    def exchange(self, old: str, new: str) -> bool:
        """Move the session to a new token, unless it has moved already."""
        record = self.live(old)
        if record is None or record.moved_to is not None:
            return False
        self.records[new] = StoredSession(record.fields, self.clock)
        record.fields, record.moved_to = {}, new
        return True

    def end(self, token: str) -> None:
        """End the session, wherever it has gone."""
        following: str | None = token
        while following is not None:
            record = self.records.pop(following, None)
            following = record.moved_to if record else None


class Toy(Adapter):
    """The toy, mounted on nothing: its requests are coroutines."""

    name: ClassVar[str] = "toy"
    idle: ClassVar[float | None] = 100.0
    store_class: ClassVar[type[Store]] = Store
    background_spares_cookie: ClassVar[bool] = True

    async def open(self) -> None:
        """An empty store."""
        self.store = self.store_class(idle=self.idle or 0)
        self._writes: set[asyncio.Task[Any]] = set()

    async def call(self, flight: Flight) -> Answer:
        """Serve it in a task that a client who hangs up cancels, as Quart does."""
        handler = asyncio.create_task(self._serve(flight))
        gone = asyncio.create_task(flight.steps.gone.wait())
        await asyncio.wait([handler, gone], return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if not handler.done():
            handler.cancel()
            return Answer(status=499)
        return handler.result()

    def invent(self) -> str:
        """Same shape, never given to anybody."""
        return secrets.token_urlsafe(16)

    async def records(self) -> int:
        """Without the notes of where a session went: they hold nothing and expire."""
        return sum(record.moved_to is None for record in self.store.records.values())

    def advance(self, seconds: float) -> None:
        """Turn the store's clock."""
        self.store.clock += seconds

    async def sweep(self) -> None:
        """Loading removes what has expired."""
        for token in list(self.store.records):
            self.store.live(token)

    async def _serve(self, flight: Flight) -> Answer:
        before = None
        if flight.token is not None:
            await pause("read load")
            before = self.store.load(flight.token)
            await pause("after load")
        token = None if before is None else flight.token
        session = Session(
            token,
            before or {},
            copy_of(before or {}),
            sent_token=flight.token,
            in_background=flight.background,
        )

        def regenerate() -> None:
            session.wants_new_token = True

        await handle(session.now, regenerate)
        session.now = {name: value for name, value in session.now.items() if value is not None}
        return await self.finish(session)

    async def finish(self, session: Session) -> Answer:
        """Save it, to the end, even if the client does not wait for it."""
        saving = asyncio.create_task(self.save(session))
        self._writes.add(saving)
        saving.add_done_callback(self._writes.discard)
        return await asyncio.shield(saving)

    async def save(self, session: Session) -> Answer:
        """Decide what is to be done, and do it."""
        if session.token is None:
            return await self.welcome(session)
        if self._ends(session):
            await pause("write end")
            self.store.end(session.token)
            await pause("after end")
            return Answer(status=200, cleared=True)
        exchanged = session.now.get(USER) != session.before.get(USER)
        if exchanged or session.wants_new_token:
            return await self.exchange(session, session.token)
        kept = await self.patch(session, session.token)
        spared = session.in_background and self.background_spares_cookie
        return Answer(status=200, cleared=not kept and not spared)

    async def patch(self, session: Session, token: str) -> bool:
        """Write what was changed and nothing else, in one go."""
        await pause("touch")
        return self.store.patch(token, session.changed, session.dropped)

    def _ends(self, session: Session) -> bool:
        left = USER in session.before and USER not in session.now
        return not session.now or left

    async def welcome(self, session: Session) -> Answer:
        """A visitor who stores nothing leaves nothing."""
        return await self.create(session) if session.now else Answer(status=200)

    async def create(self, session: Session) -> Answer:
        """A record of its own, under a token that is made here."""
        token = self.invent()
        await pause("write create")
        self.store.records[token] = StoredSession(copy_of(session.now), self.store.clock)
        await pause("after create")
        return Answer(status=200, token=token)

    def belongs_to_another(self, session: Session) -> bool:
        """What the session held belongs to the one who left."""
        return USER in session.before and session.now.get(USER) != session.before[USER]

    async def exchange(self, session: Session, old: str) -> Answer:
        """Who signs in and comes second is signed in, with nothing but what it stored itself."""
        if self.belongs_to_another(session):
            await pause("write end")
            self.store.end(old)
            session.now = session.changed
            return await self.create(session)
        token = self.invent()
        await pause("write exchange")
        if self.store.exchange(old, token):
            self.store.patch(token, session.changed, session.dropped)
            await pause("after exchange")
            return Answer(status=200, token=token)
        if USER in session.changed:
            session.now = session.changed
            return await self.create(session)
        return Answer(status=200)


def copy_of(fields: Fields) -> Fields:
    """Nobody's list is anybody else's."""
    return {n: list(value) if isinstance(value, list) else value for n, value in fields.items()}
