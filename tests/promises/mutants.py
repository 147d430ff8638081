"""The toy with one of its rules dropped at a time: each breaks a promise, and a test that is worth
anything finds out which."""

from __future__ import annotations

from typing import Any

from tests.promises.adapter import Answer, Fields, Flight
from tests.promises.libraries.toy import Session, Toy
from tests.promises.libraries.toy_store import Address, Outcome, Store, StoredSession, copy_of
from tests.promises.promise import Promise
from tests.promises.schedule import AnswerLost, pause


class UpsertStore(Store):
    """Writes where there is nothing any more."""

    def patch(self, token: str, changed: Fields, dropped: set[str]) -> Outcome:
        if self.follow(token)[1] is Outcome.GONE:
            self.addresses.pop(token, None)
            self.records[token] = StoredSession({}, self.clock)
        return super().patch(token, changed, dropped)


class ForgetfulStore(Store):
    """A sign-out ends one token, wherever its session went meanwhile."""

    def end(self, token: str) -> Outcome:
        self.records.pop(token, None)
        return Outcome.DONE


class GenerousStore(Store):
    """Whoever comes with the old token gets the session, the second one too."""

    def exchange(self, old: str, new: str, **how: bool) -> bool:
        following, outcome = self.follow(old)
        if outcome is not Outcome.FOLLOWED:
            return super().exchange(old, new, **how)
        self.records[new] = StoredSession(copy_of(self.records[following].fields), self.clock)
        return True


class SleepyStore(Store):
    """Looks at the clock when loading, and not when writing."""

    def patch(self, token: str, changed: Fields, dropped: set[str]) -> Outcome:
        if token in self.records:
            self.records[token].seen_at = self.clock
        return super().patch(token, changed, dropped)


class AbsentMindedStore(Store):
    """Does not note that somebody came by who changed nothing."""

    def patch(self, token: str, changed: Fields, dropped: set[str]) -> Outcome:
        record = self.live(token)
        seen_at = record.seen_at if record else 0
        outcome = super().patch(token, changed, dropped)
        if record is not None and not changed and not dropped:
            record.seen_at = seen_at
        return outcome


class StayingStore(Store):
    """Leaves a change where it was sent, though the session has moved."""

    def patch(self, token: str, changed: Fields, dropped: set[str]) -> Outcome:
        if self.address(token) is not None:
            return Outcome.FOLLOWED
        return super().patch(token, changed, dropped)


class TrustingStore(Store):
    """Follows wherever the session goes, to the next user too."""

    def address(self, token: str) -> Address | None:
        address = super().address(token)
        return None if address is None else Address(address.left_at, address.token)


def having(store: type[Store]) -> type[Toy]:
    """The toy with this store."""
    return type(f"With{store.__name__}", (Toy,), {"store_class": store})


class WritesEverything(Toy):
    """Writes the whole session back, as it was loaded."""

    async def patch(self, session: Session, token: str) -> Outcome:
        await pause("touch")
        if (record := self.store.live(token)) is not None:
            record.fields = copy_of(session.now)
        return self.store.patch(token, {}, set())


class Overlooks(Toy):
    """Compares what was assigned, and does not look inside."""

    async def patch(self, session: Session, token: str) -> Outcome:
        known = {name: value for name, value in session.now.items() if name not in session.before}
        await pause("touch")
        return self.store.patch(token, known, session.dropped)


class KeepsToken(Toy):
    """Signing in is a change like any other."""

    async def exchange(self, session: Session, old: str) -> Answer:
        await self.patch(session, old)
        return Answer(status=200)


class Adopts(Toy):
    """Files a new session under the token that came with the request."""

    async def create(self, session: Session) -> Answer:
        token = session.flight.token or self.invent()
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

    async def patch(self, session: Session, token: str) -> Outcome:
        for name, value in session.changed.items():
            await pause("touch")
            self.store.patch(token, {name: value}, set())
        return self.store.patch(token, {}, session.dropped)


class ClearsLate(Toy):
    """Takes the cookie back from whoever finds the session gone."""

    async def save(self, session: Session) -> Answer:
        answer = await super().save(session)
        gone = session.token is not None and self.store.live(session.token) is None
        return Answer(status=200, cleared=True) if gone and answer.token is None else answer


class KnowsNoMove(Toy):
    """A token that moved is like any that was never heard of."""

    def is_late(self, flight: Flight) -> bool:
        return False


class IsLateForAll(Toy):
    """Who signs in with a token that moved is told to come with another one."""

    async def save(self, session: Session) -> Answer:
        return await (self.save_late(session) if session.late else super().save(session))


class AsksOnce(Toy):
    """When no answer comes, takes it that nothing was done."""

    async def exchanged(self, session: Session, old: str, new: str, **how: Any) -> bool:
        before = self.store.live(old)
        self.store.exchange(old, new, changes_who=session.signs_in, **how)
        try:
            await pause("after exchange")
        except AnswerLost:
            return False
        return before is not None


class Mixes(Toy):
    """Files all visitors under one token."""

    async def create(self, session: Session) -> Answer:
        await pause("write create")
        everybody = "all"
        self.store.records[everybody] = StoredSession(copy_of(session.now), self.store.clock)
        return Answer(status=200, token=everybody)


MUTANTS: dict[Promise, type[Toy]] = {
    Promise.SIGNED_OUT: having(UpsertStore),
    Promise.NO_UPDATE_LOST: WritesEverything,
    Promise.NESTED: Overlooks,
    Promise.PRIVATE: Mixes,
    Promise.TAKEOVER: Inherits,
    Promise.NEW_TOKEN: KeepsToken,
    Promise.SIGNED_IN: IsLateForAll,
    Promise.NOT_ADOPTED: Adopts,
    Promise.ONE_WINNER: having(GenerousStore),
    Promise.SIGN_OUT_WINS: having(ForgetfulStore),
    Promise.NEWER_COOKIE: ClearsLate,
    Promise.LATE_REQUEST: KnowsNoMove,
    Promise.FOLLOWS: having(StayingStore),
    Promise.NOTHING_FOLLOWS: having(TrustingStore),
    Promise.EXPIRED: having(SleepyStore),
    Promise.ACTIVE: having(AbsentMindedStore),
    Promise.NOTHING_LEFT: KeepsForNobody,
    Promise.HANG_UP: WritesFieldByField,
    Promise.ANSWER_LOST: AsksOnce,
}
