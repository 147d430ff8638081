"""Sessions in memory and in files, and Django's own beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from quart_app.sessions import Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import FakeClock
from tests.drop_in.django_words import Backend, DjangoFiles, Ours

# A busy machine is no reason to give up.
PATIENCE = timedelta(seconds=20)


def made(kind: str, folder: Path, clock: FakeClock) -> Store:
    """A store of this kind."""
    if kind == "files":
        return FilesystemStore(folder / "sessions", timeout=PATIENCE, clock=clock)
    return MemoryStore(clock=clock)


@pytest.fixture(params=["memory", "files"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Store]:
    store = made(request.param, tmp_path, clock)
    yield store
    await store.close()


@pytest.fixture
def ours(store: Store) -> Ours:
    """Our sessions, in Django's words."""
    return Ours(store)


@pytest.fixture(params=["django", "memory", "files"])
async def backend(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Backend]:
    """The same words for Django's sessions and for ours: what a test asks of both is a promise of
    Django's, and kept by us."""
    if request.param == "django":
        yield DjangoFiles(tmp_path)
        return
    store = made(request.param, tmp_path, clock)
    yield Ours(store)
    await store.close()
