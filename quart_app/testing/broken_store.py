"""A store that a test can break, to see what an application does in an outage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.base import Store
from quart_app.testing.wrapped_store import WrappedStore

T = TypeVar("T")


class BrokenStore(WrappedStore):
    """Another store, but while `broken` is set every call raises `StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.broken = False
        self.refused = 0
        """How many calls it has refused: who waits for one knows that the outage was noticed."""

    async def called(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        if self.broken:
            self.refused += 1
            raise StoreUnavailable("the test has broken this store")
        return await call()
