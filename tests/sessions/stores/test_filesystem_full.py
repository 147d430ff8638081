"""A disk without room, and a process without descriptors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.record import Record
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, key_of
from tests.sessions.stores.programs.mounts import mounted
from tests.sessions.stores.programs.start import said_by_all

DISK_BYTES = 64 * 1024


@pytest.fixture
def disk() -> Iterator[Path]:
    """A file system of its own, as small as they come."""
    with mounted(f"size={DISK_BYTES}") as disk:
        yield disk


@pytest.fixture
async def store(disk: Path, clock: FakeClock) -> AsyncIterator[FilesystemStore]:
    store = FilesystemStore(disk, clock=clock)
    yield store
    await store.close()


def fill(disk: Path) -> Path:
    """Leaves no byte free."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return ballast


def files_in(disk: Path) -> set[Path]:
    return {path for path in disk.rglob("*") if path.is_file()}


async def sign_ins_until_one_is_refused(store: Store, clock: FakeClock) -> AsyncIterator[Record]:
    for number in count():
        record = a_record(clock, f"browser {number}", owner="ada", fields={"basket": b"b" * 900})
        try:
            await store.create(record)
        except StoreUnavailable:
            return
        yield record


async def test_a_full_disk_still_lets_people_in_and_out(
    store: FilesystemStore, disk: Path, clock: FakeClock
) -> None:
    kept = a_record(clock, "kept", owner="ada", fields={"count": b"0"})
    await store.create(kept)
    fill(disk)
    fresh = FilesystemStore(disk, clock=clock)

    assert await fresh.load(kept.key) == kept
    for number in range(20):
        changed = await store.patch(kept.key, set={"count": b"%d" % number})
        assert changed == kept.patched(clock(), set={"count": b"%d" % number})
        assert await fresh.load(kept.key) == changed
    assert await fresh.touch(kept.key, seen_at=clock() + 1) is not None
    assert [record.key for record in await fresh.owned_by("ada")] == [kept.key]
    assert await fresh.delete(kept.key) is not None
    assert await store.load(kept.key) is None


async def test_what_does_not_fit_on_a_full_disk_leaves_the_session_as_it_was(
    store: FilesystemStore, disk: Path, clock: FakeClock
) -> None:
    kept = a_record(clock, "kept")
    await store.create(kept)
    fill(disk)

    with pytest.raises(StoreUnavailable, match="No space left"):
        await store.patch(kept.key, set={"basket": b"b" * 9_000})

    assert await store.load(kept.key) == kept
    small = await store.patch(kept.key, set={"count": b"1"})
    assert small == kept.patched(clock(), set={"count": b"1"})


async def test_a_sign_in_that_does_not_fit_leaves_nothing_behind(
    store: FilesystemStore, disk: Path, clock: FakeClock
) -> None:
    await store.create(a_record(clock, "kept", owner="ada"))
    ballast = fill(disk)
    before = files_in(disk)

    for name in ("first", "second", "third"):
        with pytest.raises(StoreUnavailable):
            await store.create(a_record(clock, name, owner="ada"))

    assert files_in(disk) == before
    ballast.unlink()
    await store.create(a_record(clock, "first", owner="ada"))
    assert len(await store.owned_by("ada")) == 2


async def test_a_disk_filled_by_sign_ins_serves_all_that_were_answered(
    store: FilesystemStore, clock: FakeClock
) -> None:
    answered = [record async for record in sign_ins_until_one_is_refused(store, clock)]
    assert answered

    assert sorted(record.key for record in await store.owned_by("ada")) == sorted(
        record.key for record in answered
    )
    assert len(await store.delete_owned_by("ada")) == len(answered)
    clock.advance(minutes=2)
    while not (await store.sweep(budget=1_000)).finished:
        pass
    await store.create(answered[0])
    assert await store.load(answered[0].key) == answered[0]


@pytest.mark.parametrize("prepared", ["checked", "cached", "robbed"])
async def test_a_process_without_descriptors_reads_sessions_and_signs_people_out(
    tmp_path: Path, clock: FakeClock, prepared: str
) -> None:
    store = FilesystemStore(tmp_path / "sessions", clock=clock)
    for name in ("laptop", "phone", "tablet"):
        await store.create(a_record(clock, name, owner="ada"))
    # Too big to be kept in memory, so that every load opens the file.
    await store.create(a_record(clock, "big", fields={"basket": b"b" * 20_000}))

    [said] = said_by_all(("no_descriptors", tmp_path / "sessions", prepared))

    assert said.split() == ["big", "loaded", "patched", "deleted", "listed", "ended", "swept"]
    assert await store.owned_by("ada") == []
    assert await store.load(key_of("laptop")) is None
