"""A record in memory is never older than what another process has been told."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from subprocess import Popen

import pytest

from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.filesystem import FilesystemStore, slots
from quart_app.sessions.stores.filesystem.files import SessionFiles
from quart_app.sessions.stores.record import Record
from quart_app.testing.store_contract.samples import a_record
from tests.sessions.stores.programs.obeys import CLOCK, PATIENCE
from tests.sessions.stores.programs.start import ask, obeying

# Longer than the kernel's clock for files stands still.
TICK_SECONDS = 0.02
NAME = "laptop"


@pytest.fixture
async def store(root: Path) -> AsyncIterator[Store]:
    store = FilesystemStore(root, clock=CLOCK, timeout=PATIENCE)
    yield store
    await store.close()


@pytest.fixture
async def record(store: Store) -> Record:
    record = a_record(CLOCK, NAME, fields={"count": b"-1"}, owner="ada")
    await store.create(record)
    return record


@pytest.fixture
def other(root: Path) -> Iterator[Popen[str]]:
    with obeying(root) as process:
        yield process


def path_of(root: Path, record: Record) -> Path:
    return Path(SessionFiles(root, file_mode=0o600).record_path(record.key))


async def count_in(store: Store, record: Record) -> bytes:
    found = await store.load(record.key)
    assert found is not None
    return found.fields["count"]


async def test_a_patch_elsewhere_shows_in_the_very_next_load(
    store: Store, record: Record, other: Popen[str]
) -> None:
    for number in range(2_000):
        assert await count_in(store, record) == b"%d" % (number - 1)

        ask(other, "patch", record.key, "count", number)

        assert await count_in(store, record) == b"%d" % number


async def test_two_processes_that_patch_in_turns_both_see_every_patch(
    store: Store, record: Record, other: Popen[str]
) -> None:
    for number in range(0, 2_000, 2):
        there = json.loads(ask(other, "patch", record.key, "count", number))
        assert there == {"count": str(number)}
        assert await count_in(store, record) == b"%d" % number

        await store.patch(record.key, set={"count": b"%d" % (number + 1)})

        assert json.loads(ask(other, "load", record.key)) == {"count": str(number + 1)}


async def test_a_touch_elsewhere_shows_in_the_very_next_load(
    store: Store, record: Record, other: Popen[str]
) -> None:
    for seconds in range(1, 500):
        ask(other, "touch", record.key, seconds)

        assert await store.load(record.key) == record.seen(CLOCK() + seconds)


async def test_an_end_elsewhere_shows_in_the_very_next_load(
    store: Store, record: Record, other: Popen[str]
) -> None:
    await store.delete(record.key)
    for _ in range(1_000):
        ask(other, "create", NAME)
        created = await store.load(record.key)
        assert await store.load(record.key) == created == replace(record, fields={})

        ask(other, "delete", record.key)

        assert await store.load(record.key) is None


def as_in_our_copy(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_atime_ns, status.st_mtime_ns


@pytest.mark.parametrize(
    "times",
    [as_in_our_copy, lambda path: (0, 0), lambda path: (2**62, 2**62)],
    ids=["put back", "long ago", "in the future"],
)
async def test_a_time_of_change_set_by_a_tool_makes_no_copy_stale(
    store: Store,
    record: Record,
    root: Path,
    other: Popen[str],
    times: Callable[[Path], tuple[int, int]],
) -> None:
    path = path_of(root, record)
    for number in range(20):
        await store.load(record.key)
        wanted = times(path)
        time.sleep(TICK_SECONDS)  # noqa: ASYNC251

        ask(other, "patch", record.key, "count", number)
        os.utime(path, ns=wanted)

        assert await count_in(store, record) == b"%d" % number
        assert await count_in(store, record) == b"%d" % number


async def test_a_clock_that_was_ahead_for_a_while_makes_no_copy_stale(
    store: Store, record: Record, root: Path, other: Popen[str]
) -> None:
    an_hour_ahead = time.time_ns() + 3_600 * 10**9
    with path_of(root, record).open("r+b", buffering=0) as file:
        slot, payload = slots.read_locked(file.fileno())
        ahead = replace(slot, version=an_hour_ahead)
        slots.write(file.fileno(), payload, after=ahead, kept_until=record.expires_at)

    for number in range(500):
        ask(other, "patch", record.key, "count", number)
        assert await count_in(store, record) == b"%d" % number
        assert json.loads(ask(other, "load", record.key)) == {"count": str(number)}


async def test_a_change_cut_short_before_it_set_the_time_makes_no_copy_stale(
    store: Store, record: Record, root: Path
) -> None:
    await store.load(record.key)
    path = path_of(root, record)
    before = path.read_bytes()
    patched = await FilesystemStore(root, clock=CLOCK).patch(record.key, set={"count": b"1"})
    after = path.read_bytes()

    # As a process that is killed leaves the file: written, and with the kernel's own time.
    path.write_bytes(before)
    assert await store.load(record.key) == record
    path.write_bytes(after)

    assert await store.load(record.key) == patched
