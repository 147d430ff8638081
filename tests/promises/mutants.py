"""The toy with one of its rules dropped at a time: each breaks a promise, and a test that is worth
anything finds out which."""

from __future__ import annotations

from tests.promises.adapter import Answer, Fields
from tests.promises.libraries.toy import Session, Store, StoredSession, Toy, copy_of
from tests.promises.promise import Promise
from tests.promises.schedule import pause


class UpsertStore(Store):
    """Writes where there is nothing any more."""

    def patch(self, token: str, changed: Fields, dropped: set[str]) -> bool:
        if self.live(token) is None:
            self.records[token] = StoredSession({}, self.clock)
        return super().patch(token, changed, dropped)


class ForgetfulStore(Store):
    """A sign-out ends one token, wherever its session went meanwhile."""

    def end(self, token: str) -> None:
        self.records.pop(token, None)


class GenerousStore(Store):
    """Whoever comes with the old token gets the session, the second one too."""

    def exchange(self, old: str, new: str) -> bool:
        record = self.live(old)
        if record is None:
            return False
        following = record
        while following.moved_to is not None and following.moved_to in self.records:
            following = self.records[following.moved_to]
        self.records[new] = StoredSession(copy_of(following.fields), self.clock)
        record.moved_to = new
        return True


class OldTokenStore(Store):
    """The old token still opens the session."""

    def exchange(self, old: str, new: str) -> bool:
        record = self.live(old)
        if record is None:
            return False
        self.records[new] = record
        return True


class SleepyStore(Store):
    """Looks at the clock when loading, and not when writing."""

    def patch(self, token: str, changed: Fields, dropped: set[str]) -> bool:
        if token in self.records:
            self.records[token].seen_at = self.clock
        return super().patch(token, changed, dropped)


class AbsentMindedStore(Store):
    """Does not note that somebody came by who changed nothing."""

    def patch(self, token: str, changed: Fields, dropped: set[str]) -> bool:
        record = self.live(token)
        seen_at = record.seen_at if record else 0
        kept = super().patch(token, changed, dropped)
        if record is not None and not changed and not dropped:
            record.seen_at = seen_at
        return kept


class StayingStore(Store):
    """Takes a change to where it was sent, though the session has moved."""

    def patch(self, token: str, changed: Fields, dropped: set[str]) -> bool:
        record = self.live(token)
        moved = record is not None and record.moved_to is not None
        return not moved and super().patch(token, changed, dropped)


class Upserts(Toy):
    """Has that store."""

    store_class = UpsertStore


class Forgets(Toy):
    """Has that store."""

    store_class = ForgetfulStore


class Gives(Toy):
    """Has that store."""

    store_class = GenerousStore


class KeepsOldToken(Toy):
    """Has that store."""

    store_class = OldTokenStore


class Sleeps(Toy):
    """Has that store."""

    store_class = SleepyStore


class IsAbsentMinded(Toy):
    """Has that store."""

    store_class = AbsentMindedStore


class WritesEverything(Toy):
    """Writes the whole session back, as it was loaded."""

    async def patch(self, session: Session, token: str) -> bool:
        await pause("touch")
        record = self.store.live(token)
        if record is not None and record.moved_to is None:
            record.fields = copy_of(session.now)
        return self.store.patch(token, {}, set())


class Overlooks(Toy):
    """Compares what was assigned, and does not look inside."""

    async def patch(self, session: Session, token: str) -> bool:
        known = {name: value for name, value in session.now.items() if name not in session.before}
        await pause("touch")
        return self.store.patch(token, known, session.dropped)


class KeepsToken(Toy):
    """Signing in is a change like any other."""

    async def exchange(self, session: Session, old: str) -> Answer:
        return Answer(status=200, cleared=not await self.patch(session, old))


class Adopts(Toy):
    """Files a new session under the token that came with the request."""

    async def create(self, session: Session) -> Answer:
        token = session.sent_token or self.invent()
        await pause("write create")
        self.store.records[token] = StoredSession(copy_of(session.now), self.store.clock)
        return Answer(status=200, token=token)


class KeepsForNobody(Toy):
    """Makes a record for everybody who comes by."""

    async def welcome(self, session: Session) -> Answer:
        return await self.create(session)


class Inherits(Toy):
    """The next user finds what the last one left."""

    def belongs_to_another(self, session: Session) -> bool:
        return False


class WritesFieldByField(Toy):
    """A change of two fields is two changes, and a client that hangs up stops it in between."""

    async def finish(self, session: Session) -> Answer:
        return await self.save(session)

    async def patch(self, session: Session, token: str) -> bool:
        kept = True
        for name, value in session.changed.items():
            await pause("touch")
            kept = self.store.patch(token, {name: value}, set())
        return kept and self.store.patch(token, {}, session.dropped)


class ClearsLate(Toy):
    """Takes the cookie back from whoever finds the session gone, even in the background."""

    store_class = StayingStore
    background_spares_cookie = False


MUTANTS: dict[Promise, type[Toy]] = {
    Promise.SIGNED_OUT: Upserts,
    Promise.NO_UPDATE_LOST: WritesEverything,
    Promise.NESTED: Overlooks,
    Promise.PRIVATE: Inherits,
    Promise.NEW_TOKEN: KeepsToken,
    Promise.NOT_ADOPTED: Adopts,
    Promise.ONE_WINNER: Gives,
    Promise.SIGN_OUT_WINS: Forgets,
    Promise.NEWER_COOKIE: ClearsLate,
    Promise.EXPIRED: Sleeps,
    Promise.ACTIVE: IsAbsentMinded,
    Promise.NOTHING_LEFT: KeepsForNobody,
    Promise.HANG_UP: WritesFieldByField,
}
