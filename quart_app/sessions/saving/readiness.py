"""Whether the store can serve: not only be read, but take what a sign-in writes."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta

from quart_app.errors import StoreUnavailable
from quart_app.sessions.held.tokens import key_of, new_token
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.record import Lifetime, Record

PROBE_AGAIN_SECONDS = 1.0
_BYTES = 512
_LIFE = timedelta(seconds=10)
# No application can name an owner so.
_OWNER = "\0readiness"


class Readiness:
    """Is told of each write, and makes one of its own only when it does not know how the last one
    ended, or knows that it failed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._is_known_to_write = False
        self._failure: StoreUnavailable | None = None
        self._tried_at = 0.0

    def wrote(self) -> None:
        """The store has taken something."""
        self._is_known_to_write = True

    def failed(self) -> None:
        """The store has not taken something."""
        self._is_known_to_write = False

    async def verify(self) -> None:
        """Make sure that the store takes what a sign-in writes. Raises `StoreUnavailable`, and
        `ConfigurationError` for what only a person can mend."""
        await self._store.check()
        if self._is_known_to_write:
            return
        now = time.monotonic()
        if self._failure is not None and now - self._tried_at < PROBE_AGAIN_SECONDS:
            raise StoreUnavailable(self._failure.reason)
        self._tried_at, self._failure = now, None
        try:
            await self._write()
        except StoreUnavailable as exc:
            self._failure = exc
            raise
        self.wrote()

    async def _write(self) -> None:
        """All that a sign-in and a sign-out need."""
        now = self._store.clock()
        record = Record(
            key=key_of(new_token()),
            fields={"probe": secrets.token_bytes(_BYTES)},
            created_at=now,
            seen_at=now,
            lifetime=Lifetime(idle=_LIFE, ends_at=now + _LIFE.total_seconds()),
            owner=_OWNER,
        )
        await self._store.create(record)
        try:
            await self._store.patch(record.key, set=record.fields)
        finally:
            await self._store.delete(record.key)
