"""A short queue before as many threads as there are processors; known browsers go first."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest

from quart_app.accounts.hashing import NICER, NICEST, Hashing, threads_of_each
from quart_app.errors import TooBusy
from tests.accounts.databases import PATIENT
from tests.kit.threads import none_left


class Slow:
    """Work that ends when it is told to, and notes in which order it began."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.go_on = threading.Event()
        self._lock = threading.Lock()

    def work(self, name: str) -> str:
        with self._lock:
            self.began.append(name)
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        self.go_on.wait()
        with self._lock:
            self.at_once -= 1
        return name


@pytest.fixture
async def slow() -> AsyncIterator[Slow]:
    work = Slow()
    yield work
    work.go_on.set()


def waiting(hashing: Hashing, slow: Slow, name: str, *, known: bool = False) -> asyncio.Task[str]:
    async def with_a_place() -> str:
        with hashing.place(known_to=name if known else None):
            return await hashing.run(lambda: slow.work(name), known=known)

    return asyncio.create_task(with_a_place())


async def test_no_more_run_at_once_than_there_are_threads(slow: Slow) -> None:
    hashing = Hashing(threads=2, deadline=PATIENT)
    tasks = [waiting(hashing, slow, str(number)) for number in range(20)]
    await asyncio.sleep(0)
    slow.go_on.set()

    assert await asyncio.gather(*tasks) == [str(number) for number in range(20)]
    assert slow.most_at_once <= 2
    assert hashing.hashed == 20


async def test_a_known_browser_goes_before_all_strangers(slow: Slow) -> None:
    hashing = Hashing(threads=1, deadline=PATIENT)
    tasks = [waiting(hashing, slow, name) for name in ("running", "stranger", "another")]
    await asyncio.sleep(0)
    tasks.append(waiting(hashing, slow, "known", known=True))
    await asyncio.sleep(0)
    slow.go_on.set()
    await asyncio.gather(*tasks)

    assert slow.began == ["running", "known", "stranger", "another"]


async def test_strangers_cannot_take_the_places_of_known_browsers(slow: Slow) -> None:
    hashing = Hashing(threads=1, deadline=PATIENT, places_a_thread=4)
    strangers = [waiting(hashing, slow, "stranger") for _ in range(10)]
    await asyncio.sleep(0)
    known = waiting(hashing, slow, "known", known=True)
    await asyncio.sleep(0)
    slow.go_on.set()
    outcomes = await asyncio.gather(*strangers, return_exceptions=True)

    assert sum(isinstance(each, TooBusy) for each in outcomes) == 7  # one runs, two wait
    assert await known == "known"


async def test_an_account_has_but_one_of_the_places_that_are_kept(slow: Slow) -> None:
    hashing = Hashing(threads=1, deadline=PATIENT, places_a_thread=8)
    strangers = [waiting(hashing, slow, "stranger") for _ in range(6)]
    await asyncio.sleep(0)
    flood = [waiting(hashing, slow, "eve", known=True) for _ in range(10)]
    await asyncio.sleep(0)
    known = waiting(hashing, slow, "ada", known=True)
    await asyncio.sleep(0)
    slow.go_on.set()
    outcomes = await asyncio.gather(*flood, return_exceptions=True)
    await asyncio.gather(*strangers)

    assert sum(isinstance(each, TooBusy) for each in outcomes) == 9
    assert await known == "ada"
    again = [waiting(hashing, slow, "eve", known=True) for _ in range(7)]
    assert await asyncio.gather(*again) == ["eve"] * 7


async def test_whoever_waits_too_long_is_told_when_to_come_back_and_not_all_at_once(
    slow: Slow,
) -> None:
    hashing = Hashing(threads=1, deadline=timedelta(milliseconds=10))
    running = waiting(hashing, slow, "running")
    outcomes = await asyncio.gather(
        *(waiting(hashing, slow, "late") for _ in range(20)), return_exceptions=True
    )
    slow.go_on.set()
    await running

    refused = [each for each in outcomes if isinstance(each, TooBusy)]
    assert len(refused) == 20
    assert {each.code for each in refused} == {503}
    assert len({each.retry_after for each in refused}) > 1
    assert slow.began == ["running"]


async def test_a_caller_that_is_gone_gives_its_place_back_and_its_thread_only_when_it_is_free(
    slow: Slow,
) -> None:
    hashing = Hashing(threads=1, deadline=PATIENT)
    running, queued = waiting(hashing, slow, "running"), waiting(hashing, slow, "queued")
    await asyncio.sleep(0)
    for task in (queued, running):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    after = waiting(hashing, slow, "after")
    await asyncio.sleep(0)
    assert slow.began in (["running"], [])
    slow.go_on.set()

    assert await after == "after"
    assert slow.began == ["running", "after"]
    assert slow.most_at_once == 1


async def test_work_that_fails_gives_its_thread_back() -> None:
    hashing = Hashing(threads=1, deadline=PATIENT)

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await hashing.run(lambda: 1 / 0, known=False)

    assert await hashing.run(lambda: "done", known=False) == "done"
    await hashing.close()


async def test_where_no_thread_can_be_started_a_guess_is_refused_and_the_next_is_not() -> None:
    hashing = Hashing(threads=1, deadline=PATIENT)

    ran: list[str] = []

    with none_left(), pytest.raises(TooBusy):
        await hashing.run(lambda: ran.append("refused"), known=False)
    await hashing.run(lambda: ran.append("next"), known=False)

    assert ran == ["next"]
    await hashing.close()


def niceness() -> int:
    """Of this thread."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


async def test_a_thread_that_hashes_gives_way_to_all_others() -> None:
    hashing = Hashing(threads=1)
    before = niceness()

    assert await hashing.run(niceness, known=False) == min(before + NICEST, 19)
    assert niceness() == before
    await hashing.close()


class Clock:
    """The time, and how long threads have run, as a test says."""

    def __init__(self) -> None:
        self.now = self.ran = 0.0

    def monotonic(self) -> float:
        return self.now

    def thread_time(self) -> float:
        return self.ran


async def test_hashes_that_had_to_wait_give_way_less_for_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, hashing, before = Clock(), Hashing(threads=1), niceness()
    monkeypatch.setattr("quart_app.accounts.hashing.time", clock)

    async def nicer(*, ran: float = 0.0, waited: float = 0.0) -> int:
        def work() -> int:
            clock.ran += ran
            clock.now += ran + waited
            return niceness() - before

        return await hashing.run(work, known=False)

    at_rest = [await nicer(ran=9.0, waited=0.25) for _ in range(2)]
    starved = [await nicer(waited=0.26), await nicer()]
    clock.now += 59
    still = await nicer()
    clock.now += 1
    after = await nicer()

    most, less = min(NICEST, 19 - before), min(NICER, 19 - before)
    assert at_rest == [most, most]
    assert starved == [most, less]
    assert (still, after) == (less, most)
    await hashing.close()


async def test_closed_it_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, hashing = Clock(), Hashing(threads=1)
    monkeypatch.setattr("quart_app.accounts.hashing.time", clock)

    def work() -> threading.Thread:
        clock.now += 1.0
        return threading.current_thread()

    threads = [await hashing.run(work, known=False) for _ in range(2)]
    await hashing.close()
    await hashing.close()

    assert threads[0] is not threads[1]
    for thread in threads:
        await asyncio.to_thread(thread.join)


async def test_where_a_thread_may_not_give_way_it_hashes_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr("os.setpriority", refused)
    hashing = Hashing(threads=1)

    assert await hashing.run(lambda: "done", known=False) == "done"
    await hashing.close()


def test_processors_are_shared_out_among_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))

    assert [threads_of_each(workers) for workers in (1, 2, 3, 8, 20)] == [8, 4, 2, 1, 1]
