"""A store around another one, which sees every call: to count, to hold up, to fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TypeVar

from quart_app.sessions.stores.base import NOTHING, Store, Swept
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.record import Lifetime, Record

T = TypeVar("T")


class WrappedStore(Store):
    """Override `called`. Closing does not go through it: a test has to be able to tidy up."""

    def __init__(self, store: Store) -> None:
        self.wrapped = store
        self.place, self.cure = store.place, store.cure
        # Looked up at each call, so that both go by one clock if the test gives it another.
        super().__init__(clock=lambda: self.wrapped.clock())

    async def called(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        """Make the call of this name, or do something else."""
        return await call()

    async def create(self, record: Record, *, count: bool = False) -> int | None:
        return await self.called("create", lambda: self.wrapped.create(record, count=count))

    async def find(self, key: str) -> Record | ForwardingAddress | None:
        return await self.called("find", lambda: self.wrapped.find(key))

    async def patch(
        self,
        key: str,
        *,
        set: Mapping[str, bytes] = NOTHING,
        unset: Collection[str] = (),
        lifetime: Lifetime | None = None,
        since: Mapping[str, bytes] | None = None,
    ) -> Record | None:
        def patch() -> Awaitable[Record | None]:
            return self.wrapped.patch(key, set=set, unset=unset, lifetime=lifetime, since=since)

        return await self.called("patch", patch)

    async def touch(self, key: str, *, seen_at: float) -> Record | None:
        return await self.called("touch", lambda: self.wrapped.touch(key, seen_at=seen_at))

    async def retire(
        self, key: str, address: ForwardingAddress
    ) -> Record | ForwardingAddress | None:
        return await self.called("retire", lambda: self.wrapped.retire(key, address))

    async def delete(self, key: str) -> Record | None:
        return await self.called("delete", lambda: self.wrapped.delete(key))

    async def owned_by(self, owner: str) -> list[Record]:
        return await self.called("owned_by", lambda: self.wrapped.owned_by(owner))

    async def sweep(self, *, budget: int) -> Swept:
        return await self.called("sweep", lambda: self.wrapped.sweep(budget=budget))

    async def check(self) -> None:
        await self.called("check", self.wrapped.check)

    async def application(self) -> str | None:
        return await self.called("application", self.wrapped.application)

    async def note_application(self, application: str) -> None:
        await self.called("note_application", lambda: self.wrapped.note_application(application))

    async def close(self) -> None:
        await self.wrapped.close()
