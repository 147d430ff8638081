"""One stuck session does not hold up the others, and what is left open is let go of."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import json
import os
import signal
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.filesystem.descriptors import lock
from quart_app.sessions.stores.guard import FAILURES_THAT_OPEN, MOST_WAITING
from quart_app.sessions.stores.record import Record
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, keep, key_of
from tests.kit.polling import eventually, once_it_works
from tests.sessions.stores.programs.obeys import CLOCK, PATIENCE
from tests.sessions.stores.programs.start import ask, obeying
from tests.undisturbed import Undisturbed

SOON_SECONDS = 1.0
RECOVERS_WITHIN_SECONDS = 20.0
AT_ONCE_SECONDS = 0.1
IMPATIENT = timedelta(milliseconds=100)
LONGER_SECONDS = 60.0
DESCRIPTORS = "quart_app.sessions.stores.filesystem.descriptors"


@pytest.fixture
async def store(root: Path) -> AsyncIterator[Store]:
    store = FilesystemStore(root, clock=CLOCK)
    yield store
    await store.close()


@pytest.fixture
async def stuck(store: Store) -> Record:
    """A session that another process is going to lock."""
    record = a_record(CLOCK, "stuck")
    await store.create(record)
    return record


@pytest.fixture
async def impatient(root: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """Its calls are given up while they still wait for a lock."""
    monkeypatch.setattr(f"{DESCRIPTORS}._LOCK_SECONDS", LONGER_SECONDS)
    threads_before = threading.active_count()
    store = FilesystemStore(root, clock=CLOCK, timeout=IMPATIENT)
    await store.check()
    yield store
    await store.close()
    # They go on until the lock is free, and hold files open for as long.
    await eventually(lambda: threading.active_count() <= threads_before)


@contextmanager
def stopped_in_a_change(root: Path, key: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has the lock of this session and does not go on."""
    with obeying(root) as holder:
        assert ask(holder, "stall", key, 0) == "stalled"
        holder.send_signal(signal.SIGSTOP)
        yield holder


async def is_refused_soon(
    call: Awaitable[object], match: str, within: float = SOON_SECONDS
) -> None:
    with Undisturbed() as took, pytest.raises(StoreUnavailable, match=match):
        await call
    assert took.seconds < within


async def once_it_is_asked_again(store: Store, key: str) -> Record | None:
    """What is loaded when a probe has found that the store is well, which a busy machine delays."""
    within = RECOVERS_WITHIN_SECONDS
    return await once_it_works(lambda: store.load(key), but=StoreUnavailable, within=within)


async def test_a_session_locked_by_a_stopped_process_is_unavailable_soon(
    store: Store, root: Path, stuck: Record
) -> None:
    with stopped_in_a_change(root, stuck.key):
        for call in (
            store.patch(stuck.key, set={"a": b"1"}),
            store.touch(stuck.key, seen_at=CLOCK()),
            store.delete(stuck.key),
        ):
            await is_refused_soon(call, "holds the lock")

        assert await FilesystemStore(root, clock=CLOCK).load(stuck.key) == stuck


def test_a_lock_is_waited_for_as_long_as_others_take_their_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, turns = FakeClock(), iter(range(10))

    def another_writes(_: float) -> None:
        clock.advance(seconds=0.3)  # so long that two without a write are the end
        if (turn := next(turns, None)) is None:
            fcntl.flock(holder, fcntl.LOCK_UN)
        else:
            os.utime(holder.fileno(), ns=(turn, turn))

    monkeypatch.setattr(
        f"{DESCRIPTORS}.time", SimpleNamespace(monotonic=clock, sleep=another_writes)
    )
    with (tmp_path / "file").open("w") as holder, (tmp_path / "file").open() as waiter:
        fcntl.flock(holder, fcntl.LOCK_EX)
        lock(waiter.fileno(), fcntl.LOCK_EX)

    assert next(turns, None) is None


async def test_other_sessions_are_served_while_one_is_locked(
    store: Store, root: Path, stuck: Record
) -> None:
    others = await keep(store, CLOCK, [f"other {n}" for n in range(50)])
    with stopped_in_a_change(root, stuck.key):
        waiting = asyncio.create_task(store.patch(stuck.key, set={"a": b"1"}))
        await asyncio.sleep(0)

        patched = await asyncio.gather(
            *(store.patch(record.key, set={"a": b"1"}) for record in others)
        )

        assert patched == [record.patched(CLOCK(), set={"a": b"1"}) for record in others]
        await is_refused_soon(waiting, "holds the lock")


async def test_a_session_is_served_again_when_the_stopped_process_goes_on(
    store: Store, root: Path, stuck: Record
) -> None:
    with stopped_in_a_change(root, stuck.key) as holder:
        await is_refused_soon(store.delete(stuck.key), "holds the lock")

        holder.send_signal(signal.SIGCONT)
        changed_there = ask(holder, "go on")
        patched = await store.patch(stuck.key, set={"a": b"1"})

        assert json.loads(changed_there).keys() == stuck.fields.keys()
        assert patched == stuck.patched(CLOCK(), set={"a": b"1"})


async def test_a_killed_process_leaves_no_lock(store: Store, root: Path, stuck: Record) -> None:
    with stopped_in_a_change(root, stuck.key) as holder:
        holder.kill()
        holder.wait()

        patched = await store.patch(stuck.key, set={"a": b"1"})

    assert patched == stuck.patched(CLOCK(), set={"a": b"1"})


async def test_a_call_that_is_late_is_given_up_and_the_next_one_served(
    impatient: Store, root: Path, stuck: Record
) -> None:
    with stopped_in_a_change(root, stuck.key):
        late = impatient.patch(stuck.key, set={"a": b"1"})

        await is_refused_soon(late, "took over")

        assert await impatient.load(stuck.key) == stuck


async def test_a_directory_that_keeps_being_late_is_not_asked_for_a_while(
    impatient: Store, root: Path, stuck: Record
) -> None:
    with stopped_in_a_change(root, stuck.key):
        late = [impatient.patch(stuck.key) for _ in range(FAILURES_THAT_OPEN)]
        outcomes = await asyncio.gather(*late, return_exceptions=True)
        probe = impatient.patch(stuck.key)
        await is_refused_soon(probe, "took over")

        await is_refused_soon(impatient.load(stuck.key), "asked again soon", AT_ONCE_SECONDS)

    assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes)
    assert await once_it_is_asked_again(impatient, stuck.key) == stuck


async def test_no_more_calls_wait_than_are_allowed(root: Path) -> None:
    store = FilesystemStore(root, clock=CLOCK, timeout=PATIENCE)
    await store.check()
    # They all begin before the first of them can hear from its thread.
    waiting = [asyncio.create_task(store.load(key_of("none"))) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)

    await is_refused_soon(store.load(key_of("none")), "calls waiting", AT_ONCE_SECONDS)

    assert set(await asyncio.gather(*waiting)) == {None}
    assert await store.load(key_of("none")) is None
    await store.close()


async def test_a_cancelled_patch_takes_effect_as_a_whole_or_not_at_all(
    store: Store, stuck: Record
) -> None:
    for number in range(200):
        fields = {"first": b"%d" % number, "second": b"%d" % number}
        call = asyncio.create_task(store.patch(stuck.key, set=fields))
        for _ in range(number % 4):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])

        found = await store.load(stuck.key)

        assert found is not None
        assert found.fields.get("first") == found.fields.get("second")
    assert await store.delete(stuck.key) is not None
    assert await store.load(stuck.key) is None


def descriptors() -> int:
    """Open ones that somebody still knows of."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


async def test_stores_that_nobody_closed_leak_neither_descriptors_nor_threads(root: Path) -> None:
    before, threads_before = descriptors(), threading.active_count()

    for number in range(50):
        store = FilesystemStore(root, clock=CLOCK, timeout=PATIENCE)
        await store.create(a_record(CLOCK, f"browser {number}", owner="ada"))
    opened = descriptors()
    del store

    assert opened > before
    # The thread that served the last call lets go of the store a moment after its answer.
    await eventually(lambda: descriptors() == before)
    await eventually(lambda: threading.active_count() == threads_before)


async def test_close_gives_back_everything_and_can_be_repeated(root: Path, stuck: Record) -> None:
    before, threads_before = descriptors(), threading.active_count()
    store = FilesystemStore(root, clock=CLOCK)

    for _ in range(3):
        assert await store.load(stuck.key) == stuck
        assert await store.delete(key_of("none")) is None
        await store.close()
        await store.close()

        assert descriptors() == before
    await eventually(lambda: threading.active_count() == threads_before)


async def test_close_lets_calls_under_way_finish(root: Path) -> None:
    store = FilesystemStore(root, clock=CLOCK, timeout=PATIENCE)
    records = [a_record(CLOCK, f"browser {n}", owner="ada") for n in range(100)]
    calls = [asyncio.create_task(store.create(record)) for record in records]
    await asyncio.sleep(0)

    await store.close()
    await asyncio.gather(*calls)

    assert len(await store.owned_by("ada")) == 100
    await store.close()


async def test_a_session_that_cannot_be_ended_does_not_spare_the_others(
    store: Store, root: Path
) -> None:
    first, *others = [a_record(CLOCK, f"browser {n}", owner="ada") for n in range(3)]
    for record in (first, *others):
        await store.create(record)

    with stopped_in_a_change(root, first.key):
        await is_refused_soon(store.delete_owned_by("ada"), "holds the lock")

    assert await store.owned_by("ada") == [first]
