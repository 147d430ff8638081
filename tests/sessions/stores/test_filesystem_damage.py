"""Files that are not what they were: a damaged session is no session, and nobody gets another's."""

from __future__ import annotations

import logging
import os
import random
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest

from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.filesystem.files import SessionFiles
from quart_app.sessions.stores.record import Record
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, key_of

HEADER_BYTES = 36
SECOND_HEADER_AT = 64
DATA_AT = 128
KEY_IN_LOG = 12
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "zeros": lambda whole: bytes(len(whole)),
    "zeros-in-a-block": lambda whole: bytes(4096),
    "random": lambda whole: random.Random(1).randbytes(len(whole)),
    "random-after-the-magic": lambda whole: whole[:4] + random.Random(2).randbytes(9_000),
    "headers-without-a-payload": lambda whole: whole[:DATA_AT] + bytes(len(whole) - DATA_AT),
    "a-header-twice": lambda whole: whole[:SECOND_HEADER_AT] * 3,
    "moved-by-a-byte": lambda whole: whole[:1] + whole,
    "a-newer-version": lambda whole: b"QAS2" + whole[4:],
    **{
        f"cut-to-{length}": lambda whole, length=length: whole[:length]  # type: ignore[misc]
        for length in (1, 3, 4, 12, 35, 36, 63, 64, 100, 127, 128, 129, -1)
    },
}


@pytest.fixture
async def store(root: Path, clock: FakeClock) -> AsyncIterator[Store]:
    store = FilesystemStore(root, clock=clock)
    yield store
    await store.close()


def path_of(root: Path, key: str) -> Path:
    return Path(SessionFiles(root, file_mode=0o600).record_path(key))


async def is_not_there(store: Store, key: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever asks hears "not there", and the log hears why, without the key."""
    caplog.clear()
    assert await store.load(key) is None
    assert [vars(said)["key"] for said in caplog.records] == [key[:KEY_IN_LOG]]
    assert await store.patch(key, set={"a": b"1"}) is None
    assert await store.touch(key, seen_at=0) is None
    assert await store.owned_by("ada") == []
    assert await store.delete(key) is None
    for said in caplog.records:
        assert said.levelno == logging.WARNING
        assert key[: KEY_IN_LOG + 1] not in str(vars(said))


def flipped(whole: bytes) -> Iterator[tuple[int, bytes]]:
    """Every byte in turn with one bit wrong."""
    for at in range(len(whole)):
        wrong = bytearray(whole)
        wrong[at] ^= 1 << at % 8
        yield at, bytes(wrong)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
async def test_a_damaged_record_is_not_there(
    store: Store,
    root: Path,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[bytes], bytes],
) -> None:
    record = a_record(clock, owner="ada")
    await store.create(record)
    path = path_of(root, record.key)

    path.write_bytes(damage(path.read_bytes()))

    await is_not_there(store, record.key, caplog)


async def test_one_wrong_bit_anywhere_makes_no_other_session_of_it(
    store: Store, root: Path, clock: FakeClock
) -> None:
    record = a_record(clock)
    await store.create(record)
    path = path_of(root, record.key)
    whole = path.read_bytes()

    for at, wrong in flipped(whole):
        path.write_bytes(wrong)

        unused = HEADER_BYTES <= at < DATA_AT
        assert await store.load(record.key) == (record if unused else None), at


async def test_one_wrong_bit_in_the_newest_version_leaves_the_one_before(
    store: Store, root: Path, clock: FakeClock
) -> None:
    first = a_record(clock)
    await store.create(first)
    path = path_of(root, first.key)
    payload_end = path.stat().st_size
    second = await store.patch(first.key, set={"count": b"1"})
    whole = path.read_bytes()
    newest = set(
        chain(
            range(SECOND_HEADER_AT, SECOND_HEADER_AT + HEADER_BYTES),
            range(payload_end, len(whole)),
        )
    )

    for at, wrong in flipped(whole):
        path.write_bytes(wrong)

        expected = first if at in newest else second
        assert await store.load(first.key) == expected, at


async def test_a_version_that_a_power_cut_took_is_written_anew(
    store: Store, root: Path, clock: FakeClock
) -> None:
    record = a_record(clock, fields={"count": b"0"})
    await store.create(record)
    path = path_of(root, record.key)
    payload_end = path.stat().st_size
    await store.patch(record.key, set={"count": b"1"})
    os.truncate(path, payload_end)

    found = await store.load(record.key)
    patched = await store.patch(record.key, set={"name": b"Ada"})

    assert found == record
    assert patched == record.patched(clock(), set={"name": b"Ada"})
    assert await FilesystemStore(root, clock=clock).load(record.key) == patched


async def test_nobody_gets_the_session_of_another_whose_file_lies_in_its_place(
    store: Store, root: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    ada, eve = a_record(clock, "ada's", owner="ada"), a_record(clock, "eve's", owner="eve")
    await store.create(ada)
    await store.create(eve)
    ours, theirs = path_of(root, ada.key), path_of(root, eve.key)
    ours_before = ours.read_bytes()

    shutil.copyfile(theirs, ours)
    theirs.write_bytes(ours_before)
    stranger = path_of(root, key_of("never created"))
    stranger.parent.mkdir()
    shutil.copyfile(ours, stranger)

    await is_not_there(store, ada.key, caplog)
    assert await store.load(eve.key) is None
    assert await store.load(key_of("never created")) is None


def a_link_to_a_record(path: Path) -> None:
    target = path.parent.parent.parent / "elsewhere"
    path.rename(target)
    path.symlink_to(target)


def a_socket(path: Path) -> None:
    here = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        # The whole path may be longer than a socket's name can be.
        listener.bind(f"/proc/self/fd/{here}/{path.name}")
    os.close(here)


NO_FILES: dict[str, Callable[[Path], None]] = {
    "a folder": Path.mkdir,
    "a link": lambda path: path.symlink_to("/etc/passwd"),
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to a record": a_link_to_a_record,
    "a pipe": os.mkfifo,
    "a socket": a_socket,
}


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
async def test_what_is_no_file_is_no_session(
    store: Store,
    root: Path,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
    make: Callable[[Path], None],
) -> None:
    record: Record = a_record(clock, owner="ada")
    await store.create(record)
    path = path_of(root, record.key)
    if make is not a_link_to_a_record:
        path.unlink()

    make(path)

    await is_not_there(store, record.key, caplog)
    assert (await store.sweep(budget=100)).finished
    assert path in path.parent.iterdir()
