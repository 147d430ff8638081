"""The least rights of a Redis user that do, as the error about missing ones names them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.redis import RedisStore
from quart_app.sessions.stores.redis.client import ACL_RULE, RIGHTS
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_lifetime, a_record, key_of
from tests.kit.redis import OLDEST_REDIS, PATIENT, REDIS, VALKEY, RedisServer
from tests.sessions.stores.test_redis_cluster import ClusterServers, is_heard, two_buses

IN_A_CLUSTER = {"cluster|slots", "command", "asking"}
USER = ("ACL", "SETUSER", "app", "reset", "on", ">word")


@pytest.fixture(params=[REDIS, OLDEST_REDIS, VALKEY])
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with RedisServer.running("--repl-diskless-sync-delay", "0", kind=request.param) as server:
        yield server


def rule() -> list[str]:
    """What the error says, for the prefix that is the default."""
    return ACL_RULE.replace("PREFIX", "session:").split()


def as_user(url: str) -> str:
    return url.replace("//", "//app:word@")


def refused(server: RedisServer) -> set[str]:
    """What users were refused until now."""
    entries = server.tell("ACL", "LOG")
    flat = [dict(zip(each[::2], each[1::2], strict=True)) for each in entries]
    return {each[b"object"].decode() for each in flat}


async def everything_is_done(store: RedisStore, clock: FakeClock) -> None:
    """Each promise of a store, once."""
    await store.check()
    await store.note_application("notes")
    assert await store.application() == "notes"
    ada, moved = a_record(clock, "ada's", owner="ada"), a_record(clock, "moved", owner="ada")
    for record in (ada, moved):
        await store.create(record)
    longer = a_lifetime(clock, ends_after=timedelta(days=9))
    assert await store.patch(ada.key, set={"a": b"1"}, unset=["name"], lifetime=longer)
    assert await store.touch(ada.key, seen_at=clock())
    assert len(await store.owned_by("ada")) == 2
    successor = ForwardingAddress(left_at=clock(), successor=ada.key)
    assert await store.retire(moved.key, successor) == moved
    assert await store.find(moved.key) == successor
    assert await store.delete_owned_by("ada")
    await store.create(a_record(clock, "deleted"))
    assert await store.delete(key_of("deleted"))
    clock.advance(days=1)
    await store.create(a_record(clock, "expired"))
    clock.advance(hours=1)
    assert await store.load(key_of("expired")) is None


async def test_a_user_with_these_rights_and_no_others_can_do_everything(
    server: RedisServer, clock: FakeClock
) -> None:
    server.tell(*USER, *rule())
    # Another database than 0, so that it has to be selected.
    url = as_user(server.url).replace("/0", "/1")
    store = RedisStore(url=url, replicas=1, timeout=timedelta(seconds=3), clock=clock)
    on_time = RedisStore(url=url, timeout=PATIENT)
    server.tell("CONFIG", "RESETSTAT")

    await everything_is_done(store, clock)
    await on_time.check()
    async with two_buses(url) as (bus, heard):
        await is_heard(bus, heard, b"hello")

    done = {name for name, count in server.calls().items() if count}
    asked_by_us = {"info", "config|resetstat", "config", "client|setinfo", "client", "auth"}
    assert done - asked_by_us == {*RIGHTS} - IN_A_CLUSTER
    assert refused(server) <= {"client", "client|setinfo"}  # its name; it goes on without
    await store.close()
    await on_time.close()


async def test_in_a_cluster_they_do_too(clock: FakeClock) -> None:
    with ClusterServers.running() as cluster:
        for node in cluster.nodes:
            node.tell(*USER, *rule())
        store = RedisStore(url=as_user(cluster.url), timeout=PATIENT, clock=clock)

        await everything_is_done(store, clock)
        async with two_buses(as_user(cluster.url)) as (bus, heard):
            await is_heard(bus, heard, b"hello")
        record = a_record(clock, "moving")
        await store.create(record)
        await asyncio.to_thread(cluster.begin_to_move, f"session:{record.key}")
        assert await store.load(record.key) == record

        await store.close()


async def test_other_keys_and_channels_stay_out_of_reach(
    server: RedisServer, clock: FakeClock
) -> None:
    server.tell(*USER, *rule())
    other = RedisStore(url=as_user(server.url), key_prefix="other:", timeout=PATIENT, clock=clock)

    with pytest.raises(StoreUnavailable, match="lacks rights"):
        await other.create(a_record(clock))
    with pytest.raises(StoreUnavailable, match="lacks rights"):
        await other.publish("other:live:0", b"hello")

    await other.close()


async def test_the_error_names_the_rule(server: RedisServer, clock: FakeClock) -> None:
    server.tell(*USER, "~*", "+@hash", "+@sortedset", "+@pubsub")
    store = RedisStore(url=as_user(server.url), timeout=PATIENT, clock=clock)

    with pytest.raises(StoreUnavailable) as refused:
        await store.create(a_record(clock))

    assert ACL_RULE in refused.value.reason
    await store.close()
