"""A store in Redis that waits as long as a busy machine may take."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from tests.kit.redis import PATIENT, RedisServer


@pytest.fixture
async def store(redis_server: RedisServer, clock: FakeClock) -> AsyncIterator[RedisStore]:
    store = RedisStore(url=redis_server.url, timeout=PATIENT, clock=clock)
    yield store
    await store.close()
