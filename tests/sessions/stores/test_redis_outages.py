"""When Redis is in trouble: an answer soon, an answer that is true, and recovery by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import pytest
from redis.asyncio import RedisCluster

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.guard import FAILURES_THAT_OPEN
from quart_app.sessions.stores.record import Record
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, key_of
from tests.kit.polling import once_it_works
from tests.kit.processes import free_port
from tests.kit.redis import PATIENT, RedisServer
from tests.undisturbed import Undisturbed

SOON_SECONDS = 0.9

CALLS: dict[str, Callable[[RedisStore, Record], Awaitable[object]]] = {
    "create": lambda store, record: store.create(record),
    "load": lambda store, record: store.load(record.key),
    "patch": lambda store, record: store.patch(record.key, set={"a": b"1"}),
    "touch": lambda store, record: store.touch(record.key, seen_at=record.seen_at),
    "delete": lambda store, record: store.delete(record.key),
    "owned_by": lambda store, record: store.owned_by("ada"),
    "check": lambda store, record: store.check(),
}


@pytest.fixture
async def store(own_redis: RedisServer, clock: FakeClock) -> AsyncIterator[RedisStore]:
    store = RedisStore(url=own_redis.url, clock=clock)
    yield store
    own_redis.resume()
    await store.close()


async def fails(call: Awaitable[object], match: str = ".") -> None:
    with pytest.raises(StoreUnavailable, match=match):
        await call


async def fails_soon(call: Awaitable[object], match: str = ".") -> None:
    with Undisturbed() as took:
        await fails(call, match)
    assert took.seconds < SOON_SECONDS


async def one_by_one(calls: Iterable[Awaitable[object]]) -> None:
    """All under way at once, none begun in the same turn of the event loop as another: those would
    go to Redis, and fail, as one."""
    begun = []
    for call in calls:
        begun.append(asyncio.ensure_future(call))
        for _ in range(3):  # it starts, boards and leaves
            await asyncio.sleep(0)
    await asyncio.gather(*begun)


async def recovers(store: RedisStore, key: str) -> Record | None:
    """What is loaded once the store answers again, which nothing but time brings about."""
    return await once_it_works(lambda: store.load(key), but=StoreUnavailable, within=10)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_server_that_is_down_fails_every_call_soon(
    clock: FakeClock, call: Callable[[RedisStore, Record], Awaitable[object]]
) -> None:
    store = RedisStore(url=f"redis://127.0.0.1:{free_port()}", clock=clock)

    await fails_soon(call(store, a_record(clock, owner="ada")), "cannot be reached")


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_server_that_hangs_fails_every_call_soon(
    own_redis: RedisServer,
    store: RedisStore,
    clock: FakeClock,
    call: Callable[[RedisStore, Record], Awaitable[object]],
) -> None:
    await store.check()

    own_redis.pause()

    await fails_soon(call(store, a_record(clock, owner="ada")), "took over")


async def test_a_server_that_hangs_is_soon_not_asked_any_more_and_recovers_by_itself(
    own_redis: RedisServer, store: RedisStore, clock: FakeClock
) -> None:
    record = a_record(clock)
    await store.create(record)
    own_redis.pause()
    await one_by_one(fails_soon(store.load(record.key)) for _ in range(FAILURES_THAT_OPEN))

    with Undisturbed() as took:
        refused = [fails(store.load(record.key), "keeps failing") for _ in range(100)]
        await fails(store.load(record.key))
        await asyncio.gather(*refused)
    own_redis.resume()

    assert took.seconds < SOON_SECONDS
    assert await recovers(store, record.key) == record


async def test_a_server_that_comes_back_is_found_again(
    own_redis: RedisServer, store: RedisStore, clock: FakeClock
) -> None:
    await store.create(a_record(clock))
    own_redis.kill()
    for _ in range(10):
        await fails_soon(store.load(key_of("laptop")))

    own_redis.start()

    assert await recovers(store, key_of("laptop")) is None
    await store.create(a_record(clock))


async def test_a_restart_between_two_calls_goes_unnoticed(
    own_redis: RedisServer, clock: FakeClock
) -> None:
    store = RedisStore(url=own_redis.url, clock=clock, timeout=PATIENT)
    records = [a_record(clock, f"{n}", owner="ada") for n in range(20)]
    await asyncio.gather(*[store.create(record) for record in records])

    await asyncio.to_thread(own_redis.restart)

    await store.create(records[0])
    assert await store.touch(records[0].key, seen_at=clock()) == records[0]
    await asyncio.to_thread(own_redis.restart)
    assert await store.delete(records[0].key) is None
    await asyncio.to_thread(own_redis.restart)
    await asyncio.gather(*[store.create(record) for record in records])
    assert len(await store.owned_by("ada")) == 20
    await store.close()


async def test_scripts_that_redis_forgot_are_sent_again(
    own_redis: RedisServer, store: RedisStore, clock: FakeClock
) -> None:
    record = a_record(clock, owner="ada")
    for call in ("create", "patch", "touch", "delete"):
        own_redis.tell("SCRIPT", "FLUSH")
        await CALLS[call](store, record)

    assert await store.load(record.key) is None


async def test_a_cluster_that_hangs_fails_soon_and_recovers_by_itself(
    clock: FakeClock, redis_cluster: RedisServer
) -> None:
    record = a_record(clock, owner="ada")
    async with RedisCluster(host="127.0.0.1", port=redis_cluster.port) as client:
        store = RedisStore(client=client, clock=clock)
        await store.create(record)
        redis_cluster.pause()

        for call in ("create", "load", "patch", "delete", "owned_by"):
            await fails_soon(CALLS[call](store, record))

        redis_cluster.resume()
        await recovers(store, key_of("none"))
