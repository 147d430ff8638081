"""When Redis is well and the way to it is not: cut, slow, half open, or mad."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from quart_app.sessions.stores.guard import FAILURES_THAT_OPEN, PROBE_AFTER
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, key_of
from tests.kit.redis import PATIENT, RedisServer
from tests.kit.wire import Wire
from tests.sessions.stores.test_redis_outages import CALLS, fails_soon, one_by_one, recovers


@asynccontextmanager
async def wired(
    redis_server: RedisServer, clock: FakeClock, timeout: timedelta = timedelta(milliseconds=250)
) -> AsyncIterator[tuple[Wire, RedisStore]]:
    async with Wire.to(redis_server.port) as wire:
        store = RedisStore(url=wire.url, clock=clock, timeout=timeout)
        yield wire, store
        await store.close()


async def test_connections_that_were_cut_while_idle_are_replaced_unnoticed(
    redis_server: RedisServer, clock: FakeClock
) -> None:
    record = a_record(clock)
    async with wired(redis_server, clock, PATIENT) as (wire, store):
        await store.create(record)
        await wire.cut()

        assert await store.load(record.key) == record


async def test_a_create_whose_answer_was_lost_is_no_stranger_to_itself(
    redis_server: RedisServer, clock: FakeClock
) -> None:
    record = a_record(clock, owner="ada")
    async with wired(redis_server, clock, PATIENT) as (wire, store):
        await store.create(a_record(clock, "to know the scripts", owner="eve"))
        wire.drops_after_requests = wire.requests + 1

        await store.create(record)

        assert await store.owned_by("ada") == [record]


async def test_a_delete_whose_answer_was_lost_does_not_claim_that_nothing_was_there(
    redis_server: RedisServer, clock: FakeClock
) -> None:
    record = a_record(clock)
    async with wired(redis_server, clock, PATIENT) as (wire, store):
        await store.create(record)
        await store.delete(key_of("to know the script"))
        wire.drops_after_requests = wire.requests + 1

        await fails_soon(store.delete(record.key))

        assert await store.load(record.key) is None


@pytest.mark.parametrize(
    ("what", "ill", "well"),
    [("delay_seconds", 2.0, 0.0), ("swallows_answers", True, False)],
    ids=["slow", "half open"],
)
async def test_what_answers_late_or_never_is_given_up_soon(
    redis_server: RedisServer, clock: FakeClock, what: str, ill: float, well: float
) -> None:
    record = a_record(clock)
    async with wired(redis_server, clock) as (wire, store):
        await store.create(record)
        setattr(wire, what, ill)

        await fails_soon(store.load(record.key), "took over")

        setattr(wire, what, well)
        assert await recovers(store, record.key) == record


async def test_a_redis_that_keeps_failing_is_not_asked(
    redis_server: RedisServer, clock: FakeClock
) -> None:
    async with wired(redis_server, clock) as (wire, store):
        wire.swallows_answers = True
        await one_by_one(fails_soon(store.load(key_of("any"))) for _ in range(FAILURES_THAT_OPEN))
        await fails_soon(store.load(key_of("any")))  # one is let through, to see
        asked, began = wire.requests, time.monotonic()

        await one_by_one(fails_soon(store.load(key_of("any"))) for _ in range(100))

        # A busy machine may be at it for longer than it takes until one is let through again.
        probes = (time.monotonic() - began) / PROBE_AFTER.total_seconds()
        assert wire.requests - asked <= probes + 1


GARBAGE = {
    "another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a word": b"+OK\r\n",
    "a number": b":17\r\n",
    "a list of numbers": b"*2\r\n:1\r\n:2\r\n",
    "a length that is none": b"$x\r\n",
    "a line without end": b"\x00\xff" * 40_000,
    "an error without a name": b"-\r\n",
    "an error cut short": b"-MOVED\r\n",
    "a promise of much": b"$1000000000\r\n",
}


@pytest.mark.parametrize("call", ["load", "patch", "delete", "create", "owned_by", "check"])
@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_is_never_taken_for_an_answer(
    redis_server: RedisServer, clock: FakeClock, garbage: bytes, call: str
) -> None:
    record = a_record(clock, owner="ada")
    async with wired(redis_server, clock, timedelta(milliseconds=100)) as (wire, store):
        await recovers(store, record.key)
        wire.answers_with = garbage

        await fails_soon(CALLS[call](store, record))

        wire.answers_with = None
        await wire.cut()
        assert await recovers(store, key_of("none")) is None
