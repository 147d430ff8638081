"""The smallest session library that keeps every promise: a dict of records, and no upsert.

It shows that the promises can be kept together, and which of them break when one rule is dropped.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.promises.adapter import Adapter, Answer, Fields, Flight, handle
from tests.promises.libraries.toy_store import Outcome, Store, StoredSession, copy_of
from tests.promises.operations import USER
from tests.promises.schedule import AnswerLost, pause

# For how long, in seconds, a request with a token that moved, or a script's with one that ended,
# leaves the cookie alone.
LATE_AFTER_MOVE = 60
LATE_AFTER_END = 10


@dataclass(eq=False)
class Session:
    """What a handler holds, and what it was when it was loaded."""

    token: str | None
    before: Fields
    now: Fields
    flight: Flight
    late: bool = False
    dropped: set[str] = field(default_factory=set)
    wants_new_token: bool = False

    @property
    def changed(self) -> Fields:
        """What this request stored."""
        return {name: v for name, v in self.now.items() if v != self.before.get(name)}

    @property
    def signs_in(self) -> bool:
        """Whether somebody signs in."""
        return USER in self.changed

    @property
    def signs_out(self) -> bool:
        """Whether the user is taken out, or would be if the request saw one."""
        return USER in self.dropped and USER not in self.now


class Noting(dict[str, Any]):
    """Notes what is taken out, also where nothing is."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.now)
        self.session = session

    def pop(self, name: str, *default: Any) -> Any:
        self.session.dropped.add(name)
        return super().pop(name, *default)

    def clear(self) -> None:
        self.session.dropped |= {*self, USER}
        super().clear()


class Toy(Adapter):
    """The toy, mounted on nothing: its requests are coroutines."""

    name: ClassVar[str] = "toy"
    idle: ClassVar[float | None] = 100.0
    store_class: ClassVar[type[Store]] = Store
    can_lose_answers: ClassVar[bool] = True
    can_end_all: ClassVar[bool] = True

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
        """How many there are."""
        return len(self.store.records)

    async def end_all(self, user: str) -> None:
        """One after the other, wherever it has gone."""
        for token, record in list(self.store.records.items()):
            if record.fields.get(USER) == user:
                self.store.end(token)

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
        session = Session(token, before or {}, copy_of(before or {}), flight)
        session.late = token is None and self.is_late(flight)

        def regenerate() -> None:
            session.wants_new_token = True

        held = Noting(session)
        await handle(held, regenerate)
        session.now = {name: value for name, value in held.items() if value is not None}
        if token is None:
            session.dropped |= held.keys() - session.now.keys()
        else:
            session.dropped = session.before.keys() - session.now.keys()
        return await self.finish(session)

    def is_late(self, flight: Flight) -> bool:
        """Whether the browser may have another cookie by now, which must be left alone."""
        address = self.store.address(flight.token or "")
        if address is None:
            return False
        age = self.store.clock - address.left_at
        if address.token is None:
            return flight.background and age < LATE_AFTER_END
        return age < LATE_AFTER_MOVE

    async def finish(self, session: Session) -> Answer:
        """Save it, to the end, even if the client does not wait for it."""
        saving = asyncio.create_task(self.save(session))
        self._writes.add(saving)
        saving.add_done_callback(self._writes.discard)
        return await asyncio.shield(saving)

    async def save(self, session: Session) -> Answer:
        """Decide what is to be done, and do it."""
        if session.late and not session.signs_in:
            return await self.save_late(session)
        if session.token is None:
            return await self.welcome(session)
        if session.now.get(USER) != session.before.get(USER) and USER in session.now:
            return await self.exchange(session, session.token)
        if not session.now or USER in session.before.keys() - session.now.keys():
            return await self.end(session, session.token)
        if session.wants_new_token:
            return await self.exchange(session, session.token)
        return _told(await self.patch(session, session.token), session)

    async def save_late(self, session: Session) -> Answer:
        """It saw nothing, and what it did goes where its session went."""
        token = session.flight.token or ""
        if session.signs_out:
            await pause("write end")
            return _told(self.store.end(token), session)
        if session.now or session.dropped:
            return _told(await self.patch(session, token), session)
        return Answer(status=200)

    async def end(self, session: Session, token: str) -> Answer:
        """Sign out, or leave nothing behind. If the session has moved, its cookie is another."""
        await pause("write end")
        outcome = self.store.end(token)
        await pause("after end")
        if outcome is Outcome.DONE:
            return Answer(status=200, cleared=True)
        return _told(outcome, session)

    async def patch(self, session: Session, token: str) -> Outcome:
        """Write what was changed and nothing else, in one go."""
        await pause("touch")
        return self.store.patch(token, session.changed, session.dropped)

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
        token, keeps = self.invent(), not self.belongs_to_another(session)
        await pause("write exchange")
        if await self.exchanged(session, old, token, keeps=keeps):
            self.store.patch(token, session.changed, session.dropped)
            return Answer(status=200, token=token)
        if not session.signs_in:
            return _told(await self.patch(session, old), session)
        if not keeps:
            self.store.end(old)
        session.now = session.changed
        return await self.create(session)

    async def exchanged(self, session: Session, old: str, new: str, *, keeps: bool) -> bool:
        """Whether the session has moved. If no answer comes, ask once more."""
        who = session.signs_in
        done = self.store.exchange(old, new, changes_who=who, keeps=keeps)
        try:
            await pause("after exchange")
        except AnswerLost:
            done = self.store.exchange(old, new, changes_who=who, keeps=keeps)
        return done


def _told(outcome: Outcome, session: Session) -> Answer:
    """The cookie stays as it is, whatever became of the change."""
    if outcome is Outcome.OVERTAKEN and session.flight.method != "GET":
        return Answer(status=503, retry_after_seconds=1)
    return Answer(status=200)
