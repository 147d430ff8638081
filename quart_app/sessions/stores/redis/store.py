"""Sessions in Redis or Valkey: a hash for each, one script for each change."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import Any

from redis.exceptions import ResponseError

from quart_app.errors import KeyTaken, StoreUnavailable
from quart_app.sessions.stores.base import NOTHING, Clock, Store, Swept
from quart_app.sessions.stores.forwarding import ForwardingAddress, Retired
from quart_app.sessions.stores.record import CLOCK_SKEW, Lifetime, Record, oldest_first
from quart_app.sessions.stores.redis import answers, layout, scripts
from quart_app.sessions.stores.redis.client import Client
from quart_app.sessions.stores.redis.clock import SharedClock
from quart_app.sessions.stores.redis.link import Call, Link
from quart_app.sessions.stores.redis.seldom import Seldom
from quart_app.settings.urls import without_password

LOADED_TOGETHER = 100
# No session's key looks like these.
APPLICATION, CLOCK = "application", "clock"
DEADLINE = timedelta(milliseconds=250)

logger = logging.getLogger(__name__)


class RedisStore(Store):
    """Redis forgets by itself, and its clock is the one that decides: `clock` is this machine's,
    or a test's to turn. An owner's sessions are listed in a sorted set of their own, written with
    the session and never after it: the list may name sessions that are gone, but it lacks none."""

    def __init__(
        self,
        *,
        url: str | None = None,
        client: Client | None = None,
        key_prefix: str = "session:",
        timeout: timedelta = DEADLINE,
        replicas: int = 0,
        clock: Clock = time.time,
    ) -> None:
        self._time = SharedClock(clock)
        super().__init__(clock=self._time)
        self.place, self.cure = "in Redis, by a client of your own", "start it"
        if url is not None:
            self.place = f"in Redis at {without_password(url)}"
            self.cure = "start it, or set SESSION_URI"
        self._log = Seldom(logger)
        self._read = answers.Reader(self._log)
        self._replicas = replicas
        self._link = Link(url=url, client=client, timeout=timeout)
        self._server = url if client is None else client
        self._prefix = key_prefix

    @property
    def server(self) -> str | Client:
        """Its URL, or the client that was given."""
        return self._server or ""

    @property
    def key_prefix(self) -> str:
        """How the names of all that it keeps begin."""
        return self._prefix

    async def publish(self, channel: str, message: bytes) -> None:
        """Send this to the processes that listen there now. Raises `StoreUnavailable`."""
        await self._link.ask(("PUBLISH", layout.text(channel), message))

    async def create(self, record: Record, *, count: bool = False) -> int | None:
        made_ahead = self._time.seconds_ahead
        await self._agree_on_time()
        record = layout.moved(record, made_ahead - self._time.seconds_ahead)
        left = layout.milliseconds_left(record, self.clock())
        mark = secrets.token_bytes(8)
        calls = [
            (scripts.CREATE, self._at(record.key), [mark, left, *layout.pack(record)]),
        ]
        if record.owner is not None:
            calls.insert(0, self._listing(record.owner, record.key, record.lifetime))
        *listed, created = await self._link.run(*calls)
        if created not in (scripts.CREATED, scripts.TAKEN):
            raise answers.senseless()
        counted = answers.counted(*listed) if listed else 0
        if created == scripts.TAKEN:
            raise KeyTaken
        return counted if count else None

    async def find(self, key: str) -> Record | ForwardingAddress | None:
        await self._agree_on_time()
        [answer] = await self._link.ask(("HGETALL", self._at(key)))
        found, now = self._read.found(key, answer), self.clock()
        if isinstance(found, Retired):
            return found.address if found.address.is_kept(now) else None
        if found is None or found.is_live(now):
            return found
        await self._live([found])
        return None

    async def patch(
        self,
        key: str,
        *,
        set: Mapping[str, bytes] = NOTHING,
        unset: Collection[str] = (),
        lifetime: Lifetime | None = None,
        since: Mapping[str, bytes] | None = None,
    ) -> Record | None:
        looked_at = [] if since is None else [*dict.fromkeys((*set, *unset))]
        change = [
            layout.number(self.clock()),
            *([b"", b"", b""] if lifetime is None else layout.lifetime_values(lifetime)),
            b"",
            str(len(looked_at)).encode(),
            *layout.unchanged_since(looked_at, since or {}),
            str(len(unset)).encode(),
            *layout.field_names(unset),
            *layout.field_pairs(set),
        ]
        answer = await self._change(key, b"unlisted", change)
        if lifetime is not None and isinstance(answer, list) and len(answer) == 1:
            # To end later than before. The list must know first: it drops what has ended.
            [owner] = answers.texts(answer)
            answers.counted(
                *await self._link.run(self._listing(layout.untext(owner), key, lifetime))
            )
            answer = await self._change(key, b"listed", change)
        return self._read.record(key, answer)

    async def touch(self, key: str, *, seen_at: float) -> Record | None:
        [answer] = await self._link.run(self._touching(key, seen_at))
        return self._read.record(key, answer)

    async def retire(
        self, key: str, address: ForwardingAddress
    ) -> Record | ForwardingAddress | None:
        call = scripts.RETIRE, self._at(key), [self._turned(), *layout.pack_address(address)]
        if address.successor is None:
            answer = await self._sign_out(call, again=True)
        else:
            [answer] = await self._link.run(call)
        match self._read.found(key, answer):
            case Retired() as retired if retired.address.is_kept(self.clock()):
                return retired.told_to(address)
            case Record() as record:
                await self._unlist(record)
                return record
        return None

    async def delete(self, key: str) -> Record | None:
        # Not sent again if no answer comes: the second try would find nothing, and no caller would
        # get the record.
        answer = await self._sign_out(
            (scripts.DELETE, self._at(key), [self._turned()]), again=False
        )
        record = self._read.record(key, answer)
        if record is not None:
            await self._unlist(record)
        return record

    async def owned_by(self, owner: str) -> list[Record]:
        await self._agree_on_time()
        since = layout.number(self.clock() - CLOCK_SKEW.total_seconds())
        [listed] = await self._link.ask(("ZRANGEBYSCORE", self._list_of(owner), since, b"+inf"))
        found: list[Record] = []
        for chunk in _chunks([key.decode("ascii", "replace") for key in answers.texts(listed)]):
            # What is not there is left on the list: a sign-in writes the list before the session.
            found_there = await self._link.ask(*[("HGETALL", self._at(key)) for key in chunk])
            found += await self._live(map(self._read.record, chunk, found_there))
        return oldest_first(record for record in found if record.owner == owner)

    async def sweep(self, *, budget: int) -> Swept:
        """Redis forgets by itself."""
        return Swept(examined=0, removed=0, finished=True)

    async def check(self) -> None:
        await self._link.ping()
        await self._agree_on_time()

    async def close(self) -> None:
        await self._link.close()

    async def application(self) -> str | None:
        [noted] = await self._link.ask(("HGET", self._at(APPLICATION), APPLICATION))
        return noted.decode("utf-8", "replace") if isinstance(noted, bytes) else None

    async def note_application(self, application: str) -> None:
        noted = layout.text(application)
        await self._link.ask(("HSET", self._at(APPLICATION), APPLICATION, noted))

    async def _unlist(self, record: Record) -> None:
        if record.owner is not None:
            # The session has ended, and a list may name what is gone.
            with suppress(StoreUnavailable):
                await self._link.ask(("ZREM", self._list_of(record.owner), layout.text(record.key)))

    async def _live(self, found: Iterable[Record | None]) -> list[Record]:
        """Those of them that are live. The expired ones are removed: to touch one does that. A
        read-only replica cannot, and says no more than that they are gone."""
        now = self.clock()
        records = [record for record in found if record is not None]
        expired = [record for record in records if not record.is_live(now)]
        if expired:
            with suppress(StoreUnavailable):
                await self._link.run(*[self._touching(each.key, each.seen_at) for each in expired])
        return [record for record in records if record.is_live(now)]

    def _touching(self, key: str, seen_at: float) -> Call:
        change = [layout.number(seen_at), b"", b"", b"", b"back", b"0", b"0"]
        return scripts.CHANGE, self._at(key), [self._turned(), b"unlisted", *change]

    async def _change(self, key: str, listed: bytes, change: list[bytes]) -> Any:
        args = [self._turned(), listed, *change]
        [answer] = await self._link.run((scripts.CHANGE, self._at(key), args))
        return answer

    def _listing(self, owner: str, key: str, lifetime: Lifetime) -> Call:
        ends = layout.number(lifetime.ends_at)
        return scripts.LIST, self._list_of(owner), [self._turned(), layout.text(key), ends]

    async def _sign_out(self, call: Call, *, again: bool) -> Any:
        """What the script answers, once as many replicas have it as the settings ask for. Too few
        of them, and it has ended all the same."""
        if not self._replicas:
            [answer] = await self._link.run(call, again=again)
            return answer
        answer, copies = await self._link.run_copied(call, replicas=self._replicas, again=again)
        if copies < self._replicas:
            self._log.warning(
                "a sign-out has reached %s of %s replicas in time: a failover may undo it",
                copies,
                self._replicas,
                extra={"replicas": copies},
            )
        return answer

    async def _agree_on_time(self) -> None:
        """Ask Redis for its time, once a minute. What it refuses to tell here, it refuses in the
        call that needs it."""
        if not self._time.is_due():
            return
        asked_at = self._time.ask()
        try:
            [answer] = await self._link.run((scripts.TIME, self._at(CLOCK), []))
        except StoreUnavailable as exc:
            if isinstance(exc.__cause__, ResponseError):
                return
            raise
        self._time.learn(answers.seconds(answer), asked_at=asked_at)
        if seconds := self._time.seconds_ahead:
            self._log.warning(
                "this machine's clock is %s s ahead of that of Redis, by which sessions go: set"
                " the wrong one right",
                seconds,
                extra={"seconds": seconds},
            )

    def _turned(self) -> bytes:
        return layout.number(self._time.turned_by)

    def _at(self, key: str) -> bytes:
        return layout.session_name(self._prefix, key)

    def _list_of(self, owner: str) -> bytes:
        return layout.owner_name(self._prefix, owner)


def _chunks(keys: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while chunk := list(islice(rest, LOADED_TOGETHER)):
        yield chunk
