"""Every store that comes with the package keeps the promises of `Store`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.filesystem.files import KEPT_FOR
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from quart_app.testing.store_contract import StoreContract
from tests.kit.redis import OLDEST_REDIS, REDIS, VALKEY, RedisServer

# A hundred callers at once on a busy machine are no reason to give up here.
PATIENCE = timedelta(seconds=20)


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self, clock: FakeClock) -> Store:
        return MemoryStore(clock=clock)


class TestFilesystemStore(StoreContract):
    kept_for = KEPT_FOR

    @pytest.fixture
    async def store(self, root: Path, clock: FakeClock) -> AsyncIterator[Store]:
        store = FilesystemStore(root, timeout=PATIENCE, clock=clock)
        yield store
        await store.close()

    other_store = store


@pytest.fixture(scope="module", params=[REDIS, OLDEST_REDIS, VALKEY])
def redis_server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with RedisServer.running(kind=request.param) as server:
        yield server


class TestRedisStore(StoreContract):
    forgets_by_itself = True

    @pytest.fixture
    async def store(self, redis_server: RedisServer, clock: FakeClock) -> AsyncIterator[Store]:
        redis_server.clear()
        store = RedisStore(url=redis_server.url, timeout=PATIENCE, clock=clock)
        yield store
        await store.close()

    other_store = store
