"""Records that are made in one hop, by several event loops, or across two disks."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.filesystem import store as filesystem
from quart_app.sessions.stores.filesystem.files import Created, SessionFiles
from quart_app.sessions.stores.record import Record
from quart_app.sessions.stores.together import Together
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record
from tests.sessions.stores.programs.mounts import mounted

DISK_BYTES = 64 * 1024
TURNS = 20_000
SLOW_DISK_SECONDS = 0.1
BURST = 8  # one after the other, they would take longer than the deadline
IMPATIENT_SECONDS = 1e-6


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """They interrupt each other as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(IMPATIENT_SECONDS)
    yield
    sys.setswitchinterval(before)


def entries(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.*")]


async def test_a_record_that_cannot_be_written_does_not_fail_those_made_with_it(
    tmp_path: Path, clock: FakeClock
) -> None:
    store = FilesystemStore(tmp_path / "sessions", clock=clock)
    bad = a_record(clock, "bad", fields={"\ud800": b"no such name"})
    good = a_record(clock, "good")

    refused, made = await asyncio.gather(
        store.create(bad), store.create(good), return_exceptions=True
    )

    assert isinstance(refused, UnicodeEncodeError)
    assert made is None
    assert await store.load(good.key) == good
    await store.close()


async def test_on_a_slow_disk_those_made_together_are_not_late_because_of_each_other(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FilesystemStore(tmp_path / "sessions", clock=clock)
    records = [a_record(clock, f"browser {number}") for number in range(BURST)]
    create = SessionFiles.create

    def create_slowly(files: SessionFiles, record: Record, *, count: bool) -> Created:
        time.sleep(SLOW_DISK_SECONDS)
        return create(files, record, count=count)

    monkeypatch.setattr(SessionFiles, "create", create_slowly)

    await asyncio.gather(*[store.create(record) for record in records])

    assert [await store.load(record.key) for record in records] == records
    await store.close()


@pytest.mark.usefixtures("hasty_threads")
def test_what_is_made_in_one_event_loop_never_waits_in_that_of_another_thread(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    strangers: list[object] = []

    class Noting(Together[Any, Any]):
        def __init__(self, *, most: int) -> None:
            super().__init__(most=most)
            self.loop = asyncio.get_running_loop()

        async def ask(self, *_: Any) -> Any:
            if asyncio.get_running_loop() is not self.loop:
                strangers.append(self)
            return None, None

    monkeypatch.setattr(filesystem, "Together", Noting)
    store, record = FilesystemStore(tmp_path / "sessions", clock=clock), a_record(clock)

    async def create() -> None:
        for _ in range(TURNS):
            await store.create(record)

    threads = [threading.Thread(target=lambda: asyncio.run(create())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert strangers == []


async def test_the_owners_may_lie_on_another_disk_and_a_refused_sign_in_leaves_nothing_there(
    tmp_path: Path, clock: FakeClock
) -> None:
    with mounted(f"size={DISK_BYTES}") as disk:
        store = FilesystemStore(disk, clock=clock)
        (tmp_path / "owners").mkdir()
        (disk / "owners").symlink_to(tmp_path / "owners")
        small = a_record(clock, "small", owner="ada")
        big = a_record(clock, "big", owner="ada", fields={"basket": b"b" * DISK_BYTES})

        await store.create(small)
        with pytest.raises(StoreUnavailable):
            await store.create(big)

        assert await store.owned_by("ada") == [small]
        assert [name.endswith(small.key) for name in entries(tmp_path)] == [True]
        await store.close()
