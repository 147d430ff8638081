"""When Redis answers, but refuses: full, read-only, busy, without rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.exceptions import ResponseError

from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, key_of
from tests.kit.redis import PATIENT, RedisServer


@pytest.fixture(scope="module")
def running() -> Iterator[RedisServer]:
    with RedisServer.running("--busy-reply-threshold", "1") as server:
        yield server


@pytest.fixture
def server(running: RedisServer) -> Iterator[RedisServer]:
    running.clear()
    yield running
    running.tell("CONFIG", "SET", "maxmemory", "0")
    running.tell("REPLICAOF", "NO", "ONE")


@pytest.fixture
async def store(server: RedisServer, clock: FakeClock) -> AsyncIterator[RedisStore]:
    store = RedisStore(url=server.url, timeout=PATIENT, clock=clock)
    yield store
    await store.close()


async def test_a_full_redis_still_knows_who_is_signed_in_and_signs_out(
    server: RedisServer, store: RedisStore, clock: FakeClock
) -> None:
    record = a_record(clock, owner="ada")
    await store.create(record)
    server.tell("CONFIG", "SET", "maxmemory", "1")

    for _ in range(10):
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            await store.create(a_record(clock, "new", owner="ada"))
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            await store.patch(record.key, set={"a": b"1"}, unset=["name"])

    assert await store.load(record.key) == record
    assert await store.owned_by("ada") == [record]
    assert await store.delete(record.key) == record
    assert server.tell("DBSIZE") == 0


async def test_a_read_only_replica_still_knows_who_is_signed_in(
    server: RedisServer, store: RedisStore, clock: FakeClock
) -> None:
    await store.create(a_record(clock, owner="ada"))
    clock.advance(hours=1)
    record = a_record(clock, "new", owner="ada")
    await store.create(record)
    server.tell("REPLICAOF", "127.0.0.1", "1")

    for _ in range(10):
        with pytest.raises(StoreUnavailable, match="replica"):
            await store.patch(record.key, set={"a": b"1"})
    with pytest.raises(StoreUnavailable, match="replica"):
        await store.delete(record.key)

    assert await store.load(record.key) == record
    assert await store.load(key_of("laptop")) is None
    assert await store.owned_by("ada") == [record]


async def test_a_redis_that_is_held_up_by_a_script_says_so(
    server: RedisServer, store: RedisStore
) -> None:
    endless = asyncio.create_task(asyncio.to_thread(server.tell, "EVAL", "while true do end", 0))
    with pytest.raises(StoreUnavailable, match="SCRIPT KILL"):
        await until_it_fails(store)

    server.tell("SCRIPT", "KILL")

    await asyncio.wait([endless])
    assert isinstance(endless.exception(), ResponseError)
    assert await store.load(key_of("none")) is None


async def until_it_fails(store: RedisStore) -> None:
    async with asyncio.timeout(10):
        while True:
            await store.load(key_of("none"))


async def test_a_cluster_whose_slots_are_not_served_says_so(clock: FakeClock) -> None:
    with RedisServer.running("--cluster-enabled", "yes") as node:
        store = RedisStore(url=node.url, timeout=PATIENT, clock=clock)

        with pytest.raises(StoreUnavailable, match="CLUSTER INFO"):
            await store.load(key_of("any"))

        await store.close()


async def test_missing_rights_are_named(server: RedisServer, clock: FakeClock) -> None:
    server.tell("ACL", "SETUSER", "poor", "on", "nopass", "~*", "+hgetall", "+hello")
    url = server.url.replace("redis://", "redis://poor:any@")
    store = RedisStore(url=url, timeout=PATIENT, clock=clock)

    with pytest.raises(StoreUnavailable, match="lacks rights"):
        await store.create(a_record(clock))
    with pytest.raises(ConfigurationError, match="lacks rights"):
        await store.check()

    assert await store.load(key_of("none")) is None
    await store.close()
    server.tell("ACL", "DELUSER", "poor")
