"""The notes application in the test's own process, on sessions in memory and a clock to turn."""

from __future__ import annotations

import pytest
from quart import Quart

from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import FakeClock
from tests.serving.programs.notes import create_app


@pytest.fixture
def memory(clock: FakeClock) -> MemoryStore:
    """What the application below keeps its sessions in."""
    return MemoryStore(clock=clock)


@pytest.fixture
def app(memory: MemoryStore, clock: FakeClock) -> Quart:
    """The notes."""
    return create_app({}, store=memory, clock=clock)
