"""A store that a test can break, to see what an application does in an outage."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from quart_app.errors import StoreUnavailable
from quart_app.sessions.record import Lifetime, Record
from quart_app.sessions.stores.base import NOTHING, Store, Swept


class BrokenStore(Store):
    """Another store, but while `broken` is set every call raises `StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        super().__init__(clock=store.clock)
        self._store = store
        self.broken = False

    async def create(self, record: Record) -> None:
        await self._working().create(record)

    async def load(self, key: str) -> Record | None:
        return await self._working().load(key)

    async def patch(
        self,
        key: str,
        *,
        set: Mapping[str, bytes] = NOTHING,
        unset: Collection[str] = (),
        lifetime: Lifetime | None = None,
    ) -> Record | None:
        return await self._working().patch(key, set=set, unset=unset, lifetime=lifetime)

    async def touch(self, key: str, *, seen_at: float) -> Record | None:
        return await self._working().touch(key, seen_at=seen_at)

    async def delete(self, key: str) -> Record | None:
        return await self._working().delete(key)

    async def owned_by(self, owner: str) -> list[Record]:
        return await self._working().owned_by(owner)

    async def delete_owned_by(self, owner: str, *, except_key: str | None = None) -> list[Record]:
        return await self._working().delete_owned_by(owner, except_key=except_key)

    async def sweep(self, *, budget: int) -> Swept:
        return await self._working().sweep(budget=budget)

    async def check(self) -> None:
        await self._working().check()

    async def close(self) -> None:
        """Always works: a test has to be able to tidy up."""
        await self._store.close()

    def _working(self) -> Store:
        if self.broken:
            raise StoreUnavailable("the test has broken this store")
        return self._store
