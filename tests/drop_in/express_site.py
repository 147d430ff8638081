"""What the tests of express-session's promises share: a store that counts, and that can be lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from quart_app.errors import StoreUnavailable
from tests.sessions.browser import Browser, CountingStore, make_app

T = TypeVar("T")


class LosableStore(CountingStore):
    """Counts its calls, and refuses those whose names are in `lost`."""

    lost: frozenset[str] = frozenset()

    async def called(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        if name in self.lost:
            raise StoreUnavailable("the test has broken this store")
        return await super().called(name, call)


EVERY_CALL = frozenset({"create", "find", "patch", "touch", "retire", "delete"})


def visitor(store: LosableStore, **config: object) -> Browser:
    """A browser at a site with these settings."""
    return Browser(make_app(store, **config))
