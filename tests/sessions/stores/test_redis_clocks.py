"""A machine whose clock is wrong: it ends nobody's session, and its own are as good as any."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_lifetime, a_record
from tests.kit.polling import eventually
from tests.kit.redis import PATIENT, RedisServer

WRONG_BY = {"an hour behind": -3_600, "nine hours ahead": 9 * 3_600, "a year ahead": 365 * 86_400}


class MachineClock:
    """The clock of a machine, which runs, and may be set."""

    def __init__(self, *, ahead: float = 0.0) -> None:
        self._time = time.time
        self.ahead = ahead

    def __call__(self) -> float:
        return self._time() + self.ahead


Machines = Callable[[float], RedisStore]


@pytest.fixture
async def a_machine(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[[MachineClock], RedisStore]]:
    """Makes the store of a machine with this clock: there, it is `time.time`."""
    async with AsyncExitStack() as stores:

        def made(clock: MachineClock) -> RedisStore:
            with monkeypatch.context() as machine:
                machine.setattr(time, "time", clock)
                store = RedisStore(url=redis_server.url, timeout=PATIENT, clock=clock)
            stores.push_async_callback(store.close)
            return store

        yield made


WAYS_TO_LOOK: dict[str, Callable[[RedisStore, str], Awaitable[object]]] = {
    "load": lambda store, key: store.load(key),
    "patch": lambda store, key: store.patch(key, set={"name": b"Eve"}),
    "touch": lambda store, key: store.touch(key, seen_at=store.clock()),
    "owned_by": lambda store, key: store.owned_by("ada"),
}


@pytest.mark.parametrize("look", WAYS_TO_LOOK.values(), ids=WAYS_TO_LOOK)
@pytest.mark.parametrize("seconds", WRONG_BY.values(), ids=WRONG_BY)
async def test_a_machine_with_a_wrong_clock_sees_the_sessions_of_others_and_ends_none(
    a_machine: Callable[[MachineClock], RedisStore],
    look: Callable[[RedisStore, str], Awaitable[object]],
    seconds: float,
) -> None:
    right, wrong = a_machine(MachineClock()), a_machine(MachineClock(ahead=seconds))
    record = a_record(right.clock, owner="ada")
    await right.create(record)

    assert await look(wrong, record.key)

    found = await right.load(record.key)
    assert found is not None
    assert abs(found.seen_at - record.seen_at) < 10


@pytest.mark.parametrize("seconds", WRONG_BY.values(), ids=WRONG_BY)
@pytest.mark.parametrize("has_asked", [True, False])
async def test_a_session_that_begins_on_a_machine_with_a_wrong_clock_is_one_everywhere(
    a_machine: Callable[[MachineClock], RedisStore], seconds: float, *, has_asked: bool
) -> None:
    right, wrong = a_machine(MachineClock()), a_machine(MachineClock(ahead=seconds))
    if has_asked:
        await wrong.check()

    record = a_record(wrong.clock, owner="ada")
    await wrong.create(record)

    found = await right.load(record.key)
    assert found is not None
    assert abs(found.created_at - time.time()) < 10
    assert await right.owned_by("ada") == [found]
    assert await wrong.load(record.key) == found
    address = ForwardingAddress(left_at=wrong.clock())
    assert await wrong.retire(record.key, address) == found
    assert await right.find(record.key) == address


@pytest.mark.parametrize("seconds", [-3_600, 9 * 3_600])
async def test_a_clock_that_is_set_while_the_machine_runs_moves_nothing(
    redis_server: RedisServer, a_machine: Callable[[MachineClock], RedisStore], seconds: float
) -> None:
    clock = MachineClock()
    store = a_machine(clock)
    record = a_record(store.clock)
    await store.create(record)
    before = store.clock()

    clock.ahead = seconds

    assert abs(store.clock() - before) < 10
    assert await store.load(record.key) == record
    assert await store.touch(record.key, seen_at=store.clock()) is not None
    assert redis_server.tell("DBSIZE") == 1


async def test_sessions_end_by_the_clock_of_redis(
    redis_server: RedisServer, a_machine: Callable[[MachineClock], RedisStore]
) -> None:
    right, behind = a_machine(MachineClock()), a_machine(MachineClock(ahead=-3_600))
    record = a_record(right.clock, lifetime=a_lifetime(right.clock, idle=timedelta(seconds=0.2)))
    await right.create(record)
    redis_server.tell("PERSIST", f"session:{record.key}")

    await eventually(lambda: right.clock() > record.expires_at)

    assert await behind.touch(record.key, seen_at=behind.clock()) is None
    assert redis_server.tell("DBSIZE") == 0


async def test_what_comes_from_the_future_is_dead_until_the_clock_of_redis_is_put_right(
    store: RedisStore, clock: FakeClock
) -> None:
    record = a_record(clock)
    await store.create(record)
    clock.advance(hours=-2)
    assert await store.load(record.key) is None
    assert await store.patch(record.key, set={"a": b"1"}) is None

    clock.advance(hours=2)

    assert await store.load(record.key) == record


async def test_redis_is_asked_for_its_time_once_a_minute(
    redis_server: RedisServer, a_machine: Callable[[MachineClock], RedisStore]
) -> None:
    clock = MachineClock()
    store = a_machine(clock)
    await store.check()
    redis_server.tell("CONFIG", "RESETSTAT")

    for _ in range(10):
        await store.load("0" * 64)
    asked_in_a_row = redis_server.calls().get("evalsha", 0)
    clock.ahead = 5.0
    for _ in range(10):
        await store.load("0" * 64)

    assert asked_in_a_row == 0
    assert redis_server.calls()["evalsha"] == 1


async def test_a_clock_that_disagrees_is_told_of_once(
    redis_server: RedisServer,
    a_machine: Callable[[MachineClock], RedisStore],
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = MachineClock(ahead=3_600)
    store = a_machine(clock)
    await store.check()
    clock.ahead = 1_800
    await store.check()
    await a_machine(MachineClock(ahead=50)).check()

    [logged] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "this machine's clock is 3600 s ahead of that of Redis" in logged.getMessage()


async def test_a_user_who_may_not_ask_for_the_time_still_reads(
    redis_server: RedisServer, a_machine: Callable[[MachineClock], RedisStore]
) -> None:
    record = a_record(time.time)
    await a_machine(MachineClock()).create(record)
    redis_server.tell("ACL", "SETUSER", "poor", "on", "nopass", "~*", "+hgetall")
    store = RedisStore(url=redis_server.url.replace("//", "//poor:any@"), timeout=PATIENT)

    assert await store.load(record.key) == record

    await store.close()
    redis_server.tell("ACL", "DELUSER", "poor")
