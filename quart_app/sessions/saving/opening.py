"""Finds the session that a request's token leads to, or where it went; knows nothing of HTTP."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace

from quart_app.errors import StoreUnavailable
from quart_app.sessions.held import own_fields
from quart_app.sessions.held.found import Found, Opened
from quart_app.sessions.held.seal import NoSeal, Seal, TokenSeal
from quart_app.sessions.held.tokens import key_of
from quart_app.sessions.http.client import Client
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.forwarding import (
    LATE_AFTER_END,
    LATE_IF_CAME_BACK,
    LATE_IF_NOT,
    ForwardingAddress,
)
from quart_app.sessions.stores.recent import MOST_BYTES, Recent
from quart_app.sessions.stores.record import Record

log = logging.getLogger(__name__)

# By the key alone, which is a hash: no token is kept, so nothing here lets an attacker in.
MOST_OPENED = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A request that may have been sent before its session moved or ended: the browser's cookie may
    be another one by now."""

    token: str
    address: ForwardingAddress
    is_navigation: bool


class Opener:
    """What all requests of one application share when they begin."""

    def __init__(self, store: Store, *, sealed: bool) -> None:
        self._store = store
        self._seal: type[TokenSeal | NoSeal] = TokenSeal if sealed else NoSeal
        self._opened = Recent[Opened](most=MOST_OPENED)

    async def find(self, token: str, client: Client) -> Found | ForwardingAddress | None:
        """The session that this token leads to, if this client may use it, or where it went, or
        `None`. A token that is brought back for the first time is noted."""
        seal, key = None, key_of(token)
        record = await self._store.find(key)
        if not isinstance(record, Record):
            return record
        try:
            if (opened := self._opened_before(record)) is None:
                seal = self._seal.of(token, key)
                opened = self._open(record, seal)
        except ValueError as exc:
            _refuse(record, str(exc))
            return None
        if not client.may_use(opened.began_at):
            # Not ended either: that would let a thief sign the owner out.
            _refuse(record, "address")
            return None
        if record.awaits_cookie:
            # A store that is full can still be read from: then the next request says so again.
            with suppress(StoreUnavailable):
                touched = await self._store.touch(record.key, seen_at=record.seen_at)
                if touched is None:
                    return await self._store.forwarding(record.key)
                # With what was opened, and not with what other requests have written since.
                record = replace(touched, fields=record.fields, lifetime=record.lifetime)
                opened = replace(opened, record=record)
        return Found(token, opened, seal)

    def _opened_before(self, record: Record) -> Opened | None:
        """If it is the same to the last bit."""
        opened = self._opened.get(record.key)
        return opened if opened is not None and opened.record == record else None

    def _open(self, record: Record, seal: Seal) -> Opened:
        """Raises `ValueError` if it is not what this session's requests stored."""
        values = seal.open(record.fields)
        facts = own_fields.vouched(record.owner, record.created_at, record.lifetime)
        if values.pop(own_fields.FACTS, None) != facts:
            raise ValueError("owner, start or limits were altered")
        opened = Opened(
            record=record,
            began_at=values.pop(own_fields.ADDRESS, None),
            is_rotation_due=values.pop(own_fields.ROTATION_DUE, None) is not None,
            first_key=values.pop(own_fields.FIRST_KEY, b"").decode() or None,
            values=values,
        )
        if record.size <= MOST_BYTES:
            self._opened.put(record.key, opened)
        return opened

    async def is_late(self, late: Late) -> bool:
        """Whether the request really may be late: for a while, and not where the visitor goes to
        another page after the end."""
        now, address = self._store.clock(), late.address
        if address.successor is None:
            return not late.is_navigation and address.is_recent(now, within=LATE_AFTER_END)
        if address.is_recent(now, within=LATE_IF_NOT):
            return True
        if not address.is_recent(now, within=LATE_IF_CAME_BACK):
            return False
        successor = await self._store.load(address.successor)
        # One that has moved on, or ended, did so by a request that had its cookie.
        return successor is None or not successor.awaits_cookie


def _refuse(record: Record, reason: str) -> None:
    log.warning("session refused: %s", reason, extra={"key": record.key[:12], "reason": reason})
