"""An application with sessions in memory, and somebody who visits it."""

from __future__ import annotations

import os
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
def app(request: pytest.FixtureRequest, store: CountingStore) -> Quart:
    """With the settings that the test's mark `config` has."""
    mark = request.node.get_closest_marker("config")
    return make_app(store, **(mark.kwargs if mark else {}))


@pytest.fixture
def browser(app: Quart) -> Browser:
    return Browser(app)


@pytest.fixture
def careless_umask() -> Iterator[None]:
    """What a process creates is open to everybody, unless it takes care."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def rivals() -> Iterator[Rivals]:
    """quart-session and ours, on the same errands."""
    with RedisServer.running() as ours, RedisServer.running() as theirs:
        yield Rivals(ours, theirs)
