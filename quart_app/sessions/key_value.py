"""quart-session's little cache, `get`, `set` and `delete` of the session interface, in any store.

Its entries are records too, under keys that no token leads to."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import Any

from quart_app.errors import KeyTaken, StoreUnavailable
from quart_app.sessions.held import codec
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.record import Lifetime, Record

MOST_TRIES = 10
_FIELD = "value"


def cache_key(key: str) -> str:
    """The store's key for an entry. No token leads there: tokens have no colon in them."""
    return sha256(b"cache: " + key.encode("utf-8", "surrogatepass")).hexdigest()


class Cache:
    """Values that any request may read: not sealed, since no one cookie leads to them."""

    def __init__(self, store: Store, *, gives_bytes: bool) -> None:
        self._store = store
        self._gives_bytes = gives_bytes

    async def get(self, key: str) -> Any:
        """The value, or `None`. On Redis texts and numbers come back as quart-session, which leaves
        them to Redis, has them: as bytes."""
        record = await self._store.load(cache_key(key))
        if record is None:
            return None
        value = codec.decode(record.fields[_FIELD])
        is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
        return str(value).encode() if self._gives_bytes and is_plain else value

    async def set(self, key: str, value: Any, *, expires_in: timedelta) -> None:
        """Keep a value for this long, in place of the one before. Raises `StoreUnavailable`."""
        now = self._store.clock()
        fields = {_FIELD: codec.encode(key, value)}
        lifetime = Lifetime(idle=expires_in, ends_at=now + expires_in.total_seconds())
        record = Record(
            key=cache_key(key), fields=fields, created_at=now, seen_at=now, lifetime=lifetime
        )
        for _ in range(MOST_TRIES):
            if await self._store.patch(record.key, set=fields, lifetime=lifetime) is not None:
                return
            with suppress(KeyTaken):
                await self._store.create(record)
                return
            # One that has expired, and lies there still; or another caller was quicker.
            await self._store.delete(record.key)
        raise StoreUnavailable("an entry of the cache cannot be replaced: it may be damaged")

    async def delete(self, key: str) -> None:
        """Forget the value."""
        await self._store.delete(cache_key(key))
