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

from quart_app.errors import KeyTaken, StoreUnavailable
from quart_app.sessions.forwarding import ForwardingAddress, Retired
from quart_app.sessions.record import CLOCK_SKEW, Lifetime, Record, oldest_first
from quart_app.sessions.stores.base import NOTHING, Clock, Store, Swept
from quart_app.sessions.stores.redis import layout, scripts
from quart_app.sessions.stores.redis.client import Client, WrongType
from quart_app.sessions.stores.redis.link import Call, Link

LOADED_TOGETHER = 100
LOGGED_OF_A_KEY = 12
# No session's key looks like this.
APPLICATION = "application"
DEADLINE = timedelta(milliseconds=250)

logger = logging.getLogger(__name__)


class RedisStore(Store):
    """Redis forgets by itself; our clock decides all the same, so both must agree before a session
    counts. An owner's sessions are listed in a sorted set of their own, written with the session
    and never after it: the list may name sessions that are gone, but it lacks none."""

    def __init__(
        self,
        *,
        url: str | None = None,
        client: Client | None = None,
        key_prefix: str = "session:",
        timeout: timedelta = DEADLINE,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(clock=clock)
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
        """Tell whoever listens there now. Raises `StoreUnavailable`."""
        await self._link.ask(("PUBLISH", layout.text(channel), message))

    async def create(self, record: Record, *, count: bool = False) -> int | None:
        left = layout.milliseconds_left(record, self.clock())
        mark = secrets.token_bytes(8)
        calls = [
            (scripts.CREATE, self._at(record.key), [mark, left, *layout.pack(record)]),
        ]
        if record.owner is not None:
            calls.insert(0, self._listing(record.owner, record.key, record.lifetime))
        *listed, created = await self._link.run(*calls)
        if created not in (scripts.CREATED, scripts.TAKEN):
            raise _senseless()
        counted = _counted(*listed) if listed else 0
        if created == scripts.TAKEN:
            raise KeyTaken
        return counted if count else None

    async def find(self, key: str) -> Record | ForwardingAddress | None:
        [answer] = await self._link.ask(("HGETALL", self._at(key)))
        found = _found(key, answer)
        if isinstance(found, Retired):
            return found.address if found.address.is_kept(self.clock()) else None
        live = await self._live([found])
        return live[0] if live else None

    async def patch(
        self,
        key: str,
        *,
        set: Mapping[str, bytes] = NOTHING,
        unset: Collection[str] = (),
        lifetime: Lifetime | None = None,
        since: Mapping[str, bytes] | None = None,
    ) -> Record | None:
        now = self.clock()
        looked_at = [] if since is None else [*dict.fromkeys((*set, *unset))]
        change = [
            layout.number(now),
            *([b"", b"", b""] if lifetime is None else layout.lifetime_values(lifetime)),
            b"",
            str(len(looked_at)).encode(),
            *layout.unchanged_since(looked_at, since or {}),
            str(len(unset)).encode(),
            *layout.field_names(unset),
            *layout.field_pairs(set),
        ]
        answer = await self._change(key, b"unlisted", now, change)
        if lifetime is not None and isinstance(answer, list) and len(answer) == 1:
            # To end later than before. The list must know first: it drops what has ended.
            [owner] = _texts(answer)
            _counted(*await self._link.run(self._listing(layout.untext(owner), key, lifetime)))
            answer = await self._change(key, b"listed", now, change)
        return _record(key, answer)

    async def touch(self, key: str, *, seen_at: float) -> Record | None:
        [answer] = await self._link.run(self._touching(key, seen_at))
        return _record(key, answer)

    async def retire(
        self, key: str, address: ForwardingAddress
    ) -> Record | ForwardingAddress | None:
        args = [layout.number(self.clock()), *layout.pack_address(address)]
        [answer] = await self._link.run((scripts.RETIRE, self._at(key), args))
        match _found(key, answer):
            case Retired() as retired if retired.address.is_kept(self.clock()):
                return retired.told_to(address)
            case Record() as record:
                await self._unlist(record)
                return record
        return None

    async def delete(self, key: str) -> Record | None:
        # Not sent again if no answer comes: the second try would find nothing, and nobody would
        # get the record.
        now = layout.number(self.clock())
        [answer] = await self._link.run((scripts.DELETE, self._at(key), [now]), again=False)
        record = _record(key, answer)
        if record is not None:
            await self._unlist(record)
        return record

    async def owned_by(self, owner: str) -> list[Record]:
        since = layout.number(self.clock() - CLOCK_SKEW.total_seconds())
        [listed] = await self._link.ask(("ZRANGEBYSCORE", self._list_of(owner), since, b"+inf"))
        found: list[Record] = []
        for chunk in _chunks([key.decode("ascii", "replace") for key in _texts(listed)]):
            # What is not there is left on the list: a sign-in writes the list before the session.
            answers = await self._link.ask(*[("HGETALL", self._at(key)) for key in chunk])
            found += await self._live(map(_record, chunk, answers))
        return oldest_first(record for record in found if record.owner == owner)

    async def sweep(self, *, budget: int) -> Swept:
        """Redis forgets by itself."""
        return Swept(examined=0, removed=0, finished=True)

    async def check(self) -> None:
        await self._link.ping()

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
                await self._link.run(
                    *[self._touching(record.key, record.seen_at) for record in expired]
                )
        return [record for record in records if record.is_live(now)]

    def _touching(self, key: str, seen_at: float) -> Call:
        now, stays = layout.number(self.clock()), b""
        args = [now, b"unlisted", layout.number(seen_at), stays, stays, stays, b"back", b"0", b"0"]
        return scripts.CHANGE, self._at(key), args

    async def _change(self, key: str, listed: bytes, now: float, change: list[bytes]) -> Any:
        args = [layout.number(now), listed, *change]
        [answer] = await self._link.run((scripts.CHANGE, self._at(key), args))
        return answer

    def _listing(self, owner: str, key: str, lifetime: Lifetime) -> Call:
        now, ends = layout.number(self.clock()), layout.number(lifetime.ends_at)
        return scripts.LIST, self._list_of(owner), [now, layout.text(key), ends]

    def _at(self, key: str) -> bytes:
        return layout.session_name(self._prefix, key)

    def _list_of(self, owner: str) -> bytes:
        return layout.owner_name(self._prefix, owner)


def _record(key: str, answer: Any) -> Record | None:
    """The record in an answer; `None` if it says that the session is gone or cannot be read."""
    found = _found(key, answer)
    return found if isinstance(found, Record) else None


def _found(key: str, answer: Any) -> Record | Retired | None:
    """The same, or what a retired record left behind."""
    if answer is None:
        return None
    try:
        if isinstance(answer, WrongType) or answer == scripts.DAMAGED:
            raise layout.Damaged
        stored = _pairs(answer)
        if layout.is_retired(stored):
            return layout.unpack_retired(key, stored)
        return layout.unpack(key, stored) if stored else None
    except layout.Damaged:
        logger.warning("session record is damaged", extra={"key": key[:LOGGED_OF_A_KEY]})
        return None


def _counted(listed: Any) -> int:
    if not isinstance(listed, int) or listed < 1:
        raise _senseless()
    return listed


def _pairs(answer: Any) -> dict[bytes, bytes]:
    """A hash comes from redis-py as a dict, and from a script as names and values in turn."""
    if isinstance(answer, dict):
        _texts([*answer, *answer.values()])
        return answer
    if answer == [] or (isinstance(answer, list) and len(answer) % 2):
        raise _senseless()
    parts = _texts(answer)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _texts(answer: Any) -> list[bytes]:
    if not isinstance(answer, list) or not set(map(type, answer)) <= {bytes}:
        raise _senseless()
    return answer


def _chunks(keys: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while chunk := list(islice(rest, LOADED_TOGETHER)):
        yield chunk


def _senseless() -> StoreUnavailable:
    return StoreUnavailable("Redis answers what it was not asked: see what else uses these keys")
