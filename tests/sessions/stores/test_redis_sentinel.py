"""Sessions and live pages behind a Sentinel, by its URL: the primary is another now and then."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis
from redis.asyncio.sentinel import Sentinel

from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.sessions.stores.redis import RedisStore
from quart_app.sessions.stores.redis.client import DRIVER
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, key_of
from tests.kit.polling import eventually, until
from tests.kit.redis import PATIENT, RedisServer
from tests.sessions.stores.test_redis_cluster import is_heard, two_buses, works_again
from tests.sessions.stores.test_redis_outages import one_by_one


class SentinelServer(RedisServer):
    """A Sentinel of our own that watches a primary, and knows it as `main`."""

    def __init__(self, primary: RedisServer) -> None:
        super().__init__()
        self.primary_port = primary.port

    @property
    def url(self) -> str:
        """With one Sentinel that is none."""
        return f"redis+sentinel://127.0.0.1:1,127.0.0.1:{self.port}/main/0"

    def command(self) -> list[str]:
        lines = (
            f"port {self.port}",
            "bind 127.0.0.1",
            f"dir {self.folder}",
            f"sentinel monitor main 127.0.0.1 {self.primary_port} 1",
            "sentinel down-after-milliseconds main 400",
            "sentinel failover-timeout main 2000",
        )
        settings = self.folder / "sentinel.conf"
        settings.write_text("\n".join(lines))
        return [super().command()[0], str(settings), "--sentinel"]

    def fail_over(self) -> None:
        """In good order, as until as it knows the replica."""
        until(self._begins_to_fail_over)

    def primary(self) -> int:
        """The port of the one that it names."""
        return int(self.tell("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main")[1])

    def _begins_to_fail_over(self) -> bool:
        try:
            self.tell("SENTINEL", "FAILOVER", "main")
        except redis.ResponseError:  # it knows no replica that would do, yet
            return False
        return True


class Watched:
    """A primary, its replica, and a Sentinel that watches them."""

    def __init__(
        self, primary: RedisServer, replica: RedisServer, sentinel: SentinelServer
    ) -> None:
        self.primary = primary
        self.replica = replica
        self.sentinel = sentinel

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Watched]:
        quick = ("--repl-diskless-sync-delay", "0")
        with RedisServer.running(*quick) as primary, RedisServer.running(*quick) as replica:
            replica.tell("REPLICAOF", "127.0.0.1", primary.port)
            until(primary.is_copied)
            with SentinelServer(primary).started() as sentinel:
                until(lambda: sentinel.tell("SENTINEL", "REPLICAS", "main"))
                yield cls(primary, replica, sentinel)

    def becomes_a_replica(self, old: RedisServer) -> None:
        """What the Sentinel does to the old primary in the end."""
        old.tell("REPLICAOF", "127.0.0.1", self.sentinel.primary())
        old.tell("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        old.tell("CLIENT", "KILL", "TYPE", "pubsub")
        until(old.has_primary)


async def a_session_is_kept_at(server: RedisServer, store: RedisStore, clock: FakeClock) -> None:
    """Returns once a new one is."""
    numbers = itertools.count()

    async def is_kept_there() -> bool:
        record = a_record(clock, f"try {next(numbers)}")
        await store.create(record)
        return bool(server.tell("EXISTS", f"session:{record.key}"))

    await eventually(is_kept_there)


@pytest.fixture
def watched() -> Iterator[Watched]:
    with Watched.running() as servers:
        yield servers


async def test_after_an_ordered_failover_all_goes_on_at_the_new_primary(
    watched: Watched, clock: FakeClock
) -> None:
    record = a_record(clock, owner="ada")
    store = RedisStore(url=watched.sentinel.url, timeout=PATIENT, clock=clock)
    await store.check()
    await store.create(record)
    async with two_buses(watched.sentinel.url) as (bus, heard):
        await is_heard(bus, heard, b"before")

        await asyncio.to_thread(until, watched.primary.is_copied)
        await asyncio.to_thread(watched.sentinel.fail_over)
        await eventually(lambda: watched.sentinel.primary() == watched.replica.port)

        # The old one takes changes still, for eight seconds.
        async with asyncio.timeout(6):
            await a_session_is_kept_at(watched.replica, store, clock)
        await asyncio.to_thread(watched.becomes_a_replica, watched.primary)
        await works_again(store, clock, "after it")
        assert await store.owned_by("ada") == [record]
        assert watched.replica.tell("EXISTS", f"session:{key_of('after it')}") == 1
        await is_heard(bus, heard, b"after")
    assert await store.delete(record.key) == record
    await store.close()


async def test_when_the_primary_is_killed_its_replica_takes_over(
    watched: Watched, clock: FakeClock
) -> None:
    record = a_record(clock, owner="ada")
    store = RedisStore(url=watched.sentinel.url, clock=clock)
    await store.create(record)
    await asyncio.to_thread(until, watched.primary.is_copied)
    async with two_buses(watched.sentinel.url) as (bus, heard):
        await is_heard(bus, heard, b"before")

        watched.primary.kill()

        await works_again(store, clock, "after it")
        assert await store.owned_by("ada") == [record]
        await is_heard(bus, heard, b"after")
    await store.close()


async def test_a_primary_that_hangs_is_left_for_its_replica(
    watched: Watched, clock: FakeClock
) -> None:
    record = a_record(clock, owner="ada")
    store = RedisStore(url=watched.sentinel.url, clock=clock)
    await store.create(record)
    # Many connections that will lead nowhere.
    await one_by_one(store.load(record.key) for _ in range(30))
    assert len(watched.primary.tell("CLIENT", "LIST")) > 10
    await asyncio.to_thread(until, watched.primary.is_copied)

    watched.primary.pause()
    await eventually(lambda: watched.sentinel.primary() == watched.replica.port)

    async with asyncio.timeout(5):
        await works_again(store, clock, "after it")
    assert await store.owned_by("ada") == [record]
    await store.close()


async def test_a_client_of_sentinels_may_be_given(watched: Watched, clock: FakeClock) -> None:
    sentinels = Sentinel(  # type: ignore[no-untyped-call]
        [("127.0.0.1", watched.sentinel.port)], sentinel_kwargs=DRIVER, **DRIVER
    )
    client = sentinels.master_for("main")
    store = RedisStore(client=client, timeout=PATIENT, clock=clock)

    await store.create(a_record(clock))

    assert watched.primary.tell("DBSIZE") == 1
    await client.aclose()
    for each in sentinels.sentinels:
        await each.aclose()


async def test_a_name_that_no_sentinel_knows_is_named(watched: Watched) -> None:
    store = RedisStore(url=watched.sentinel.url.replace("main", "maim"), timeout=PATIENT)

    with pytest.raises(StoreUnavailable, match="no Sentinel knows a working 'maim'"):
        await store.load(key_of("any"))

    await store.close()


async def test_the_passwords_of_sentinels_are_their_own(watched: Watched) -> None:
    watched.sentinel.tell("ACL", "SETUSER", "default", ">other")
    try:
        await _passwords_count(watched)
    finally:
        with redis.Redis(port=watched.sentinel.port, password="other") as admin:  # noqa: S106
            admin.execute_command("ACL", "SETUSER", "default", "nopass")


async def _passwords_count(watched: Watched) -> None:
    url = watched.sentinel.url
    right = RedisStore(url=f"{url}?sentinel_password=other", timeout=PATIENT)
    wrong = RedisStore(url=url, timeout=PATIENT)

    await right.check()
    with pytest.raises(ConfigurationError, match="user or password"):
        await wrong.check()

    for store in (right, wrong):
        await store.close()
