"""The login pages in the test's own process, on sessions in memory and a clock to turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from quart import Quart

from quart_app import create_app
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import BrokenStore, FakeClock
from tests.web.asking import browser


@pytest.fixture
def config() -> dict[str, Any]:
    """What a test wants to be otherwise: see `configured`."""
    return {}


@pytest.fixture
def store(clock: FakeClock) -> BrokenStore:
    """It works, until the test breaks it."""
    return BrokenStore(MemoryStore(clock=clock))


@pytest.fixture
def app(config: dict[str, Any], store: BrokenStore, clock: FakeClock, tmp_path: Path) -> Quart:
    """The pages."""
    return create_app({"DATA_DIR": tmp_path, **config}, store=store, clock=clock)


@pytest.fixture
def mounted(app: Quart) -> Any:
    """What is visited, in which the pages may lie below a prefix."""
    return app


@pytest.fixture
def prefix() -> str:
    """Where they lie there."""
    return ""


@pytest.fixture
async def visitor(mounted: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in."""
    async with browser(mounted) as visitor:
        yield visitor


@pytest.fixture
async def ada(mounted: Any, prefix: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is."""
    async with browser(mounted) as ada:
        await ada.post(f"{prefix}/login", data={"name": "Ada"})
        yield ada
