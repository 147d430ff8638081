"""The two slots of a record: what a reader without a lock can rely on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from quart_app.sessions.stores.filesystem import FilesystemStore, slots
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record
from tests.sessions.stores.programs.start import ask, rest, running, tell
from tests.sessions.stores.programs.stress import NAME, SIZES, fields_of

CHANGES = 3_000
EXPIRES_AT = 1.0


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path / "record", os.O_RDWR | os.O_CREAT)
    yield fd
    os.close(fd)


def rewrite(fd: int, payload: bytes) -> None:
    """The next version, as a store writes it."""
    slot = slots.read_locked(fd)[0] if os.fstat(fd).st_size else None
    slots.write(fd, payload, after=slot, kept_until=EXPIRES_AT)


def payloads() -> Iterator[bytes]:
    """Every size after every other one."""
    for first in SIZES:
        for second in SIZES:
            yield b"a" * first
            yield b"b" * second


async def test_two_readers_never_see_a_change_in_pieces_or_one_older_than_acknowledged(
    tmp_path: Path, clock: FakeClock
) -> None:
    root, notes = tmp_path / "sessions", tmp_path / "notes"
    notes.write_bytes(bytes(8))
    store = FilesystemStore(root, clock=clock)
    await store.create(a_record(clock, NAME, fields=fields_of(0)))
    await store.close()

    with (
        running("stress", "read", root, notes, CHANGES) as first,
        running("stress", "read", root, notes, CHANGES) as second,
        running("stress", "write", root, notes, CHANGES) as writer,
    ):
        for process in (first, second, writer):
            assert ask(process) == "ready"
        tell(writer, "go")
        rest(writer)

        assert int(rest(first)) > CHANGES / 10
        assert int(rest(second)) > CHANGES / 10


def test_what_was_written_last_is_read(file: int) -> None:
    for payload in payloads():
        rewrite(file, payload)

        assert slots.read_locked(file)[1] == payload
        assert slots.read(file) == slots.read_locked(file)


def test_a_write_never_touches_the_version_before(file: int) -> None:
    before = b"first"
    rewrite(file, before)
    for payload in payloads():
        slot, _ = slots.read_locked(file)

        slots.write(file, payload, after=slot, kept_until=EXPIRES_AT)

        assert os.pread(file, slot.length, slot.offset) == before
        before = payload


def test_a_record_that_keeps_its_size_keeps_its_place_on_the_disk(file: int) -> None:
    for _ in range(4):
        rewrite(file, b"x" * 100)
    size = os.fstat(file).st_size

    for _ in range(1_000):
        rewrite(file, b"y" * 100)

    assert os.fstat(file).st_size == size


def test_a_record_that_changes_its_size_takes_a_bounded_place_on_the_disk(file: int) -> None:
    for _ in range(3):
        for payload in payloads():
            rewrite(file, payload)

    assert os.fstat(file).st_size < 4 * max(SIZES)


def test_versions_only_grow_whatever_the_clock_says(file: int) -> None:
    rewrite(file, b"written by a clock that is right")
    slot, _ = slots.read_locked(file)
    a_year_ahead = replace(slot, version=slot.version + 365 * 86_400 * 10**9)
    slots.write(file, b"written by one that is not", after=a_year_ahead, kept_until=EXPIRES_AT)
    versions = [slot.version]

    for _ in range(100):
        versions.append(slots.read_locked(file)[0].version)
        rewrite(file, b"written by one that is right again")

    assert versions == sorted(set(versions))
    assert versions[1] > a_year_ahead.version
