"""Where files may be kept, and a store in Redis that waits as long as a busy machine may take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from tests.kit.redis import PATIENT, RedisServer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
async def store(redis_server: RedisServer, clock: FakeClock) -> AsyncIterator[RedisStore]:
    store = RedisStore(url=redis_server.url, timeout=PATIENT, clock=clock)
    yield store
    await store.close()
