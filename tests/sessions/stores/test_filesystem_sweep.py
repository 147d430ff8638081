"""Sweeping takes what is over, a little at a time, and nothing else."""

# ruff: noqa: ASYNC240 - a test may block

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.base import Store, Swept
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.filesystem.files import SessionFiles
from quart_app.sessions.stores.record import Record
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_lifetime, a_record, keep
from tests.sessions.stores.programs.obeys import PATIENCE
from tests.sessions.stores.programs.start import ask, obeying, running

MANY, SOME, OWNERS = 5_000, 1_000, 10
BUDGET = 400
ABANDONED_SECONDS = 600
SHORT_LIFE = timedelta(milliseconds=30)
CLOSE_SECONDS = 0.002
ROUNDS = 8
MOST_USES = 10


@pytest.fixture
def files(root: Path) -> SessionFiles:
    return SessionFiles(root, file_mode=0o600)


@pytest.fixture
async def store(root: Path, clock: FakeClock) -> AsyncIterator[Store]:
    store = FilesystemStore(root, clock=clock, timeout=PATIENCE)
    yield store
    await store.close()


async def swept_round(store: Store, budget: int = BUDGET) -> list[Swept]:
    steps = [await store.sweep(budget=budget)]
    while not steps[-1].finished:
        steps.append(await store.sweep(budget=budget))
    return steps


def lying_in(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if not path.is_dir() and path.parent != root}


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then), follow_symlinks=False)


def create(
    number_of_records: int, files: SessionFiles, clock: FakeClock
) -> tuple[list[Record], list[Record]]:
    """Live sessions, and expired ones, which are one in ten; one in five is owned."""
    live: list[Record] = []
    expired: list[Record] = []
    for number in range(number_of_records):
        owner = f"owner {number // 10 % OWNERS}" if number % 5 == 0 else None
        record = a_record(clock, f"browser {number}", owner=owner)
        if number % 10 == 0:
            record = replace(record, seen_at=clock() - 2 * 86_400)
        (expired if number % 10 == 0 else live).append(record)
        files.create(record)
    return live, expired


async def test_a_tenth_of_many_sessions_is_swept_away_and_all_others_stay(
    store: Store, root: Path, files: SessionFiles, clock: FakeClock
) -> None:
    await store.check()
    live, expired = await asyncio.to_thread(create, MANY, files, clock)

    steps = await swept_round(store)

    assert sum(step.removed for step in steps) == len(expired) == MANY / 10
    assert max(step.examined for step in steps) == BUDGET
    kept = {Path(files.record_path(record.key)) for record in live}
    owned = [record for record in live if record.owner is not None]
    listed = {Path(files.owner_path(record.owner or "", record.key)) for record in owned}
    assert lying_in(root) == kept | listed
    assert sum(step.removed for step in await swept_round(store)) == 0
    found = [await store.owned_by(f"owner {number}") for number in range(OWNERS)]
    assert {record.key for records in found for record in records} == {
        record.key for record in owned
    }


async def test_two_sweepers_at_once_remove_each_session_once(
    store: Store, root: Path, files: SessionFiles, clock: FakeClock
) -> None:
    await store.check()
    live, expired = await asyncio.to_thread(create, SOME, files, clock)
    other = FilesystemStore(root, clock=clock, timeout=PATIENCE)

    rounds = await asyncio.gather(swept_round(store, 50), swept_round(other, 70))

    assert sum(step.removed for steps in rounds for step in steps) == len(expired)
    owned = [record for record in live if record.owner is not None]
    assert len(lying_in(root)) == len(live) + len(owned)
    await other.close()


async def test_a_session_prolonged_while_the_sweeper_waits_for_its_lock_stays(
    store: Store, root: Path, clock: FakeClock
) -> None:
    record = a_record(clock, lifetime=a_lifetime(clock, ends_after=timedelta(days=9)))
    await store.create(record)
    clock.advance(days=1, minutes=31)
    with obeying(root) as other:
        assert ask(other, "stall", record.key, 86_400 + 60 * 31) == "stalled"

        sweeping = asyncio.create_task(store.sweep(budget=10))
        await asyncio.sleep(0.02)
        ask(other, "go on")
        with suppress(StoreUnavailable):  # on a machine so busy that the lock took too long
            assert (await sweeping).removed == 0

    assert await store.load(record.key) == record.seen(clock())


async def test_no_sweeper_takes_a_session_that_somebody_keeps_alive(root: Path) -> None:
    store = FilesystemStore(root, timeout=PATIENCE)
    prolonged = 0

    with running("sweeps", root, 10) as first, running("sweeps", root, 1_000) as second:
        assert (ask(first), ask(second)) == ("ready", "ready")
        for number in range(ROUNDS):
            lifetime = a_lifetime(time.time, idle=SHORT_LIFE)
            record = a_record(time.time, f"browser {number}", lifetime=lifetime)
            await store.create(record)
            prolonged += await used_to_the_last(store, record)

    assert prolonged > 0
    await store.close()


async def used_to_the_last(store: Store, record: Record) -> int:
    """How often a session was used just before it would have expired, until once it was too late;
    if it is gone sooner, somebody has taken it."""
    for uses in range(MOST_USES):
        time.sleep(max(0, record.expires_at - time.time() - CLOSE_SECONDS))  # noqa: ASYNC251
        patched = await store.patch(record.key, set={"a": b"1"})
        if patched is None:
            assert time.time() >= record.expires_at
            return uses
        record = patched
    return MOST_USES


async def test_a_file_without_a_record_is_swept_when_nobody_can_be_making_it_any_more(
    store: Store, files: SessionFiles, clock: FakeClock
) -> None:
    records = await keep(store, clock, ["empty", "cut", "of another", "alive"], owner="ada")
    empty, cut, of_another, alive = (Path(files.record_path(record.key)) for record in records)
    empty.write_bytes(b"")
    cut.write_bytes(cut.read_bytes()[:20])
    of_another.write_bytes(alive.read_bytes())

    for path in (empty, cut, of_another, alive):
        age(path, ABANDONED_SECONDS - 60)
    await swept_round(store)
    assert all(path.exists() for path in (empty, cut, of_another, alive))

    for path in (empty, cut, of_another, alive):
        age(path, ABANDONED_SECONDS + 60)
    await swept_round(store)
    assert [path.exists() for path in (empty, cut, alive)] == [False, False, True]

    clock.advance(hours=13 + 24)
    await swept_round(store)
    assert [path.exists() for path in (of_another, alive)] == [False, False]


async def test_an_expired_session_whose_data_are_damaged_is_swept_in_the_end(
    store: Store, files: SessionFiles, clock: FakeClock
) -> None:
    [record] = await keep(store, clock, ["damaged"], owner="ada")
    path = Path(files.record_path(record.key))
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    clock.advance(hours=13 + 24)

    await swept_round(store)
    assert path.exists()

    age(path, ABANDONED_SECONDS + 60)
    assert sum(step.removed for step in await swept_round(store)) == 1
    assert not path.exists()


async def test_an_entry_on_an_owners_list_without_a_session_goes_when_it_is_old(
    store: Store, files: SessionFiles, clock: FakeClock
) -> None:
    orphan, owned = await keep(store, clock, ["orphan", "owned"], owner="ada")
    Path(files.record_path(orphan.key)).unlink()
    entries = [Path(files.owner_path("ada", record.key)) for record in (orphan, owned)]

    age(entries[0], ABANDONED_SECONDS - 60)
    await swept_round(store)
    assert [entry.exists() for entry in entries] == [True, True]

    for entry in entries:
        age(entry, ABANDONED_SECONDS + 60)
    await swept_round(store)
    assert [entry.exists() for entry in entries] == [False, True]
    assert await store.owned_by("ada") == [owned]


async def test_a_session_written_by_a_newer_version_is_left_to_that(
    store: Store, files: SessionFiles, clock: FakeClock
) -> None:
    [record] = await keep(store, clock, ["newer"])
    path = Path(files.record_path(record.key))
    path.write_bytes(b"QAS2" + path.read_bytes()[4:])
    age(path, 10 * ABANDONED_SECONDS)
    clock.advance(days=30)

    await swept_round(store)

    assert path.exists()


def a_file(path: Path) -> None:
    path.write_bytes(b"somebody else's")
    age(path, 10 * ABANDONED_SECONDS)


def a_folder(path: Path) -> None:
    path.mkdir()
    a_file(path / "inside")
    age(path, 10 * ABANDONED_SECONDS)


@pytest.mark.parametrize("make", [a_file, a_folder])
async def test_what_has_no_name_of_ours_is_left_alone(
    store: Store, root: Path, clock: FakeClock, make: Callable[[Path], None]
) -> None:
    await keep(store, clock, ["live"], owner="ada")
    names = [
        "notes.txt",
        ".nfs0001",
        "a" * 200,
        "umläut",
        os.fsdecode(b"\xff\n"),
        "x.y.z",
        "A" * 62,
    ]
    for folder in ("", "records", "records/zz", "records/00", "owners", "owners/abc"):
        (root / folder).mkdir(exist_ok=True)
        for name in names:
            make(root / folder / name)
    before = lying_in(root)

    await swept_round(store)

    assert lying_in(root) == before
    assert len(await store.owned_by("ada")) == 1
    assert await store.delete_owned_by("ada") != []


async def test_what_is_no_file_in_the_place_of_a_record_does_not_stop_the_sweep(
    store: Store, root: Path, files: SessionFiles, clock: FakeClock, tmp_path: Path
) -> None:
    *expired, folder, link = await keep(store, clock, [f"old {n}" for n in range(22)])
    target = tmp_path / "target"
    a_file(target)
    for record, make in ((folder, a_folder), (link, lambda path: path.symlink_to(target))):
        path = Path(files.record_path(record.key))
        path.unlink()
        make(path)
    age(Path(files.record_path(link.key)), ABANDONED_SECONDS + 60)
    clock.advance(days=2)

    steps = await swept_round(store)

    assert sum(step.removed for step in steps) == len(expired) + 1
    assert target.exists()
    assert Path(files.record_path(folder.key)).is_dir()
