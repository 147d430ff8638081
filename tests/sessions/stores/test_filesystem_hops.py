"""What an operation costs in hops between threads: one, and none for what is in memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.filesystem import store as filesystem
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record
from tests.kit.threads import none_left


class CountingPool(ThreadPoolExecutor):
    """Threads that know how often they were asked."""

    asked: ClassVar = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        CountingPool.asked += 1
        return super().submit(fn, *args, **kwargs)


async def test_every_operation_is_one_hop_and_reading_again_none(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, reader = (FilesystemStore(tmp_path / "sessions", clock=clock) for _ in range(2))
    record = a_record(clock, "laptop", owner="ada")
    hops = []
    monkeypatch.setattr(filesystem, "Threads", CountingPool)

    for operation in (
        store.create(record),
        reader.load(record.key),
        reader.load(record.key),
        store.patch(record.key, set={"a": b"1"}),
        store.touch(record.key, seen_at=clock()),
        store.load(record.key),
        store.delete(record.key),
        store.sweep(budget=100),
    ):
        before = CountingPool.asked
        await operation
        hops.append(CountingPool.asked - before)

    assert hops == [1, 1, 0, 1, 1, 0, 1, 1]
    await store.close()
    await reader.close()


async def test_where_no_thread_can_be_started_the_store_is_unavailable_and_comes_back(
    tmp_path: Path, clock: FakeClock
) -> None:
    store = FilesystemStore(tmp_path / "sessions", clock=clock)
    lost, kept = a_record(clock, "lost"), a_record(clock, "kept")
    with none_left(), pytest.raises(StoreUnavailable, match="thread"):
        await store.create(lost)

    await store.create(kept)

    assert await store.load(kept.key) == kept
    assert await store.load(lost.key) is None
    await store.close()
