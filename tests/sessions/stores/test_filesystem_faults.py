"""Every system call of every operation fails once, or is the last before a kill -9."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.filesystem import FilesystemStore, slots
from quart_app.sessions.stores.filesystem.files import SessionFiles
from quart_app.sessions.stores.record import Record
from tests.sessions.stores.programs.faults import Fault, Operations
from tests.sessions.stores.programs.one_operation import (
    CLOCK,
    EXPIRED,
    LIVE,
    LONG_TIMEOUT,
    MEANWHILE,
    OPERATIONS,
    OTHER,
)

ERRORS: Mapping[str, tuple[str, ...]] = {
    "openat": ("EIO", "EDQUOT"),
    "pwrite64": ("ENOSPC", "EDQUOT", "EIO"),
    "mkdir": ("ENOSPC", "EDQUOT"),
    "mkdirat": ("ENOSPC", "EDQUOT"),
    "link": ("ENOSPC", "EDQUOT", "EIO"),
    "linkat": ("ENOSPC", "EDQUOT", "EIO"),
    "flock": ("ENOLCK",),
}
# The session has ended; whether its folder reached the disk only matters in a power cut, and what
# is left in its owner's list is swept one day.
FORGIVEN = {
    *(("delete", "openat", 2), ("delete", "fsync", 1), ("delete", "unlink", 2)),
    ("sweep", "unlink", 2),
    # Where no address can be written, the session ends all the same.
    *(("retire", "pwrite64", 1), ("retire", "pwrite64", 2), ("retire", "fsync", 1)),
    *(("retire", "unlink", 1), ("retire", "utimensat", 1)),
}
AFTER_ADDRESSES_SECONDS = 121
NEW_FIELDS = {"after": b"the fault"}
SOON_SECONDS = 1.0
DELAY_MICROSECONDS = 50_000

State = tuple[Record | None, Record | None]


@pytest.fixture(scope="module")
def operations() -> Iterator[Operations]:
    with Operations.under_strace() as operations:
        yield operations


@asynccontextmanager
async def opened(root: Path) -> AsyncIterator[Store]:
    store = FilesystemStore(root, clock=CLOCK, timeout=LONG_TIMEOUT)
    yield store
    await store.close()


async def prepared(root: Path) -> Path:
    """A directory with a live session and an expired one of the same owner."""
    async with opened(root) as store:
        await store.create(LIVE)
        await store.create(EXPIRED)
    return root


async def state(store: Store) -> State:
    return await store.load(LIVE.key), await store.load(OTHER.key)


async def states(operation: str, root: Path) -> tuple[State, State]:
    """What may be found after this operation was cut short: the old state and the new one."""
    async with opened(await prepared(root)) as store:
        old = await state(store)
        await OPERATIONS[operation](store)
    async with opened(root) as store:
        return old, await state(store)


async def serves_as_if_nothing_had_happened(root: Path, found: State) -> None:
    """Nothing is locked, missing from the owner's list or in need of repair."""
    live, other = found
    async with opened(root) as store, asyncio.timeout(SOON_SECONDS):
        patched = await store.patch(LIVE.key, set=NEW_FIELDS)
        assert patched == (live and live.patched(CLOCK(), set=NEW_FIELDS))
        expected = [record for record in (patched, other) if record is not None]
        listed = await store.owned_by("ada")
        assert {record.key for record in listed} == {record.key for record in expected}
        await store.sweep(budget=1_000)
        assert await store.delete_owned_by("ada") == listed
        assert await store.owned_by("ada") == []
        assert await state(store) == (None, None)
    later = FilesystemStore(root, clock=lambda: CLOCK() + AFTER_ADDRESSES_SECONDS)
    await later.sweep(budget=1_000)
    await later.close()


def can_be_read_without_a_lock(root: Path, record: Record) -> bool:
    """Whether the newest version is whole, so that reading costs no more than before."""
    path = SessionFiles(root, file_mode=0o600).record_path(record.key)
    with open(path, "rb", buffering=0) as file:
        return slots.read(file.fileno()) is not None


def names(root: Path, record: Record) -> list[Path]:
    """All that lies in the directory because of this record."""
    return [path for path in root.rglob("*") if path.name.endswith(record.key[2:])]


async def after(
    fault: Fault, operations: Operations, operation: str, folder: Path
) -> tuple[Path, str, State]:
    """Where the operation met this fault, how it ended, and what is found then."""
    root = await prepared(folder / str(fault))
    outcome = operations.run(operation, root, fault)
    async with opened(root) as store:
        found = await state(store)
    return root, outcome, found


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_killed_at_any_system_call_an_operation_leaves_the_old_state_or_the_new(
    operations: Operations, operation: str, tmp_path: Path
) -> None:
    old, new = await states(operation, tmp_path / "whole")
    calls = operations.calls(operation, await prepared(tmp_path / "dry"))
    assert calls["openat"] >= 1

    for call, total in calls.items():
        for number in range(1, total + 1):
            fault = Fault(call=call, number=number, what="signal=KILL")

            root, outcome, found = await after(fault, operations, operation, tmp_path)

            assert outcome == "killed", fault
            assert found in (old, new), fault
            assert found[0] is None or can_be_read_without_a_lock(root, LIVE), fault
            await serves_as_if_nothing_had_happened(root, found)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_error_of_any_system_call_is_a_store_unavailable_and_spoils_nothing(
    operations: Operations, operation: str, tmp_path: Path
) -> None:
    old, new = await states(operation, tmp_path / "whole")
    calls = operations.calls(operation, await prepared(tmp_path / "dry"))

    for fault in errors_at(calls):
        root, outcome, found = await after(fault, operations, operation, tmp_path)

        forgiven = (operation, fault.call, fault.number) in FORGIVEN
        assert outcome == ("done" if forgiven else "StoreUnavailable"), fault
        assert found in ((new,) if forgiven else (old, new)), fault
        if fault.call == "pwrite64" and not forgiven:
            assert found == old, fault
        if operation == "create":
            assert names(root, OTHER) == [], fault
        await serves_as_if_nothing_had_happened(root, found)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_no_operation_needs_a_descriptor_that_others_have_taken(
    operations: Operations, operation: str, tmp_path: Path
) -> None:
    _, new = await states(operation, tmp_path / "whole")
    calls = operations.calls(operation, await prepared(tmp_path / "dry"))

    for number in range(1, calls["openat"] + 1):
        fault = Fault(call="openat", number=number, what="error=EMFILE")

        root, outcome, found = await after(fault, operations, operation, tmp_path)

        assert outcome == "done", fault
        assert found == new, fault
        await serves_as_if_nothing_had_happened(root, found)


async def test_whoever_creates_a_session_sees_what_others_change_before_that_is_done(
    operations: Operations, tmp_path: Path
) -> None:
    link = linking(operations.calls("create", await prepared(tmp_path / "dry")))
    root = await prepared(tmp_path / "sessions")
    slow = Fault(call=link, number=1, what=f"delay_exit={DELAY_MICROSECONDS}")
    creating = asyncio.create_task(asyncio.to_thread(operations.run, "create-and-load", root, slow))

    async with opened(root) as store:
        while await store.patch(OTHER.key, set=MEANWHILE) is None:
            continue

    assert await creating == "done"


@pytest.mark.parametrize("error", ["EPERM", "EACCES", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV"])
async def test_where_files_have_only_one_name_there_are_two_files(
    operations: Operations, tmp_path: Path, error: str
) -> None:
    _, new = await states("create", tmp_path / "whole")
    link = linking(operations.calls("create", await prepared(tmp_path / "dry")))
    root = await prepared(tmp_path / "sessions")

    outcome = operations.run("create", root, Fault(call=link, number=1, what=f"error={error}"))

    assert outcome == "done"
    assert sorted(path.stat().st_size > 0 for path in names(root, OTHER)) == [False, True]
    async with opened(root) as store:
        assert await state(store) == new
    await serves_as_if_nothing_had_happened(root, new)
    assert names(root, OTHER) == []


def linking(calls: Mapping[str, int]) -> str:
    """What this processor's kernel calls it."""
    return next(call for call in calls if call in ("link", "linkat"))


def errors_at(calls: Mapping[str, int]) -> Iterator[Fault]:
    for call, total in calls.items():
        for number in range(1, total + 1):
            for error in ERRORS.get(call, ("EIO",)):
                yield Fault(call=call, number=number, what=f"error={error}")
