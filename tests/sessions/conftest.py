"""An application with sessions in memory, and somebody who visits it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from quart import Quart

from quart_app.testing import FakeClock
from tests.kit.redis import RedisServer
from tests.sessions.browser import Browser, CountingStore, make_app
from tests.sessions.rivals import Rivals


@pytest.fixture
def store(clock: FakeClock) -> CountingStore:
    return CountingStore(clock=clock)


@pytest.fixture
def app(store: CountingStore) -> Quart:
    return make_app(store)


@pytest.fixture
def browser(app: Quart) -> Browser:
    return Browser(app)


@pytest.fixture(scope="session")
def rivals() -> Iterator[Rivals]:
    """quart-session and ours, on the same errands."""
    with RedisServer.running() as ours, RedisServer.running() as theirs:
        yield Rivals(ours, theirs)
