"""What tests of all folders ask for: a clock to turn, Redis servers, a place for sessions; and what
every test has, an alarm for calls that hold up the event loop."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from quart_app.testing import FakeClock
from tests.kit.redis import RedisServer
from tests.kit.servers import PATIENT_SECONDS


@pytest.fixture
def clock() -> FakeClock:
    """Stands still until the test turns it."""
    return FakeClock()


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    """Calls that block are looked for below the package's own; a test itself may block."""
    with blockbuster_ctx("quart_app") as alarm:
        # Quart itself asks the kernel for a static file's size and age: microseconds.
        alarm.functions["os.stat"].can_block_in("quart/helpers.py", {"send_file"})
        alarm.functions["os.stat"].can_block_in("quart/helpers.py", {"send_from_directory"})
        # And reads an application's own template when that is first shown.
        for call in ("os.stat", "io.TextIOWrapper.read"):
            alarm.functions[call].can_block_in("quart/templating.py", {"render_template"})
        yield alarm


@pytest.fixture(scope="session")
def _shared_redis() -> Iterator[RedisServer]:
    with RedisServer.running() as server:
        yield server


@pytest.fixture
def redis_server(_shared_redis: RedisServer) -> RedisServer:
    """An empty one. It serves later tests too, so its settings stay as they are."""
    _shared_redis.clear()
    return _shared_redis


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """One that the test may stop, pause, kill and set up as it likes."""
    with RedisServer.running() as server:
        yield server


@pytest.fixture
def redis_cluster() -> Iterator[RedisServer]:
    """A cluster of one, with all slots."""
    with RedisServer.running("--cluster-enabled", "yes") as node:
        node.has_all_slots()
        yield node


@pytest.fixture(params=["filesystem", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """The settings that say where sessions are kept: one directory, and then one Redis."""
    patient = {"SESSION_STORE_TIMEOUT": PATIENT_SECONDS}
    if request.param == "filesystem":
        return {"SESSION_FILE_DIR": str(tmp_path / "sessions"), **patient}
    server: RedisServer = request.getfixturevalue("redis_server")
    return {"SESSION_TYPE": "redis", "SESSION_URI": server.url, **patient}


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """A command that runs in this process has all loggers write to its own standard error."""
    root, stderr = logging.getLogger(), sys.stderr
    handlers, level = root.handlers, root.level
    yield
    root.handlers, sys.stderr = handlers, stderr
    root.setLevel(level)
    logging.captureWarnings(False)
