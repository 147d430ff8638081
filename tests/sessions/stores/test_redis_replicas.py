"""A sign-out waits for replicas where the settings say so: a failover is not to undo it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from quart_app.sessions.stores import store_for
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.redis import RedisStore
from quart_app.settings import SessionSettings
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, key_of
from tests.kit.polling import until
from tests.kit.redis import PATIENT, RedisServer
from tests.kit.wire import Wire
from tests.sessions.stores.test_redis_cluster import ClusterServers


@pytest.fixture
def primary() -> Iterator[RedisServer]:
    with RedisServer.running("--repl-diskless-sync-delay", "0") as server:
        yield server


@pytest.fixture
async def store(primary: RedisServer, clock: FakeClock) -> AsyncIterator[RedisStore]:
    store = RedisStore(url=primary.url, replicas=1, timeout=PATIENT, clock=clock)
    yield store
    await store.close()


async def follows(own_redis: RedisServer, port: int) -> None:
    """Returns once the own_redis has all that the server there has."""
    own_redis.tell("REPLICAOF", "127.0.0.1", port)
    await asyncio.to_thread(until, own_redis.has_primary)


async def test_a_sign_out_returns_when_the_replica_has_it(
    primary: RedisServer, own_redis: RedisServer, store: RedisStore, clock: FakeClock
) -> None:
    for name in ("deleted", "retired"):
        await store.create(a_record(clock, name))
    async with Wire.to(primary.port) as wire:
        await follows(own_redis, wire.port)
        wire.delay_seconds = 0.2

        assert await store.delete(key_of("deleted"))
        assert await asyncio.to_thread(own_redis.tell, "DBSIZE") == 1
        assert await store.retire(key_of("retired"), ForwardingAddress(left_at=clock()))
        at_replica = f"session:{key_of('retired')}"
        assert await asyncio.to_thread(own_redis.tell, "HGET", at_replica, "v") == b"retired"

        wire.delay_seconds = 0.0


async def test_only_sign_outs_wait(
    primary: RedisServer, own_redis: RedisServer, store: RedisStore, clock: FakeClock
) -> None:
    await follows(own_redis, primary.port)
    moved = ForwardingAddress(left_at=clock(), successor=key_of("new"))

    await store.create(a_record(clock, owner="ada"))
    await store.patch(key_of("laptop"), set={"a": b"1"})
    await store.retire(key_of("laptop"), moved)

    assert "wait" not in primary.calls()


async def test_a_sign_out_stands_without_replicas_and_is_warned_of(
    primary: RedisServer, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = RedisStore(url=primary.url, replicas=2, timeout=timedelta(seconds=1.5), clock=clock)
    for name in ("one", "two"):
        await store.create(a_record(clock, name))
    began = time.monotonic()

    assert await store.delete(key_of("one"))
    assert await store.retire(key_of("two"), ForwardingAddress(left_at=clock()))

    assert time.monotonic() - began > 0.9
    assert await store.load(key_of("one")) is None
    [logged] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "reached 0 of 2 replicas" in logged.getMessage()
    await store.close()


@pytest.mark.parametrize("replicas", [0, 1])
async def test_the_setting_says_for_how_many(primary: RedisServer, replicas: int) -> None:
    settings = SessionSettings.from_config(
        {
            "SESSION_TYPE": "redis",
            "SESSION_URI": primary.url,
            "SESSION_REDIS_REPLICAS": replicas,
        }
    )
    store = store_for(settings, instance_path=".", clock=time.time)

    await store.delete(key_of("none"))

    assert ("wait" in primary.calls()) is bool(replicas)
    await store.close()


async def test_in_a_cluster_the_replicas_of_the_session_s_own_primary_are_waited_for(
    clock: FakeClock,
) -> None:
    with ClusterServers.running() as cluster:
        store = RedisStore(url=cluster.url, replicas=1, timeout=PATIENT, clock=clock)
        records = [a_record(clock, f"{n}") for n in range(12)]
        await asyncio.gather(*[store.create(record) for record in records])
        await store.delete(key_of("to know the script"))

        ended = await asyncio.gather(*[store.delete(record.key) for record in records])

        assert all(ended)
        at = [cluster.primary_of(f"session:{record.key}").port for record in records]
        at += [cluster.primary_of(f"session:{key_of('to know the script')}").port]
        for node in cluster.nodes[:3]:
            # Where the script is new, it is sent twice.
            assert at.count(node.port) <= node.calls()["wait"] <= at.count(node.port) * 2
        await store.close()
