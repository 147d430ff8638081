"""Sessions and live pages in a Redis Cluster, by its URL: slots move, and primaries are killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta

import pytest
from redis.asyncio import RedisCluster

from quart_app.errors import StoreUnavailable
from quart_app.live.bus.redis import RedisBus
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_lifetime, a_record, key_of
from tests.kit.polling import eventually, once_it_works, until
from tests.kit.redis import PATIENT, RedisServer


class ClusterServers:
    """Three primaries of our own with a replica each, as one cluster."""

    def __init__(self, nodes: list[RedisServer]) -> None:
        self.nodes = nodes

    @classmethod
    @contextmanager
    def running(cls, *options: str) -> Iterator[ClusterServers]:
        quick = ("--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0")
        fixed = ("--cluster-enabled", "yes", *quick)
        with ExitStack() as stack:
            nodes = [stack.enter_context(RedisServer.running(*fixed, *options)) for _ in range(6)]
            cluster = cls(nodes)
            cluster._join()
            yield cluster

    @property
    def url(self) -> str:
        """With one host that is none."""
        return f"redis+cluster://127.0.0.1:1,127.0.0.1:{self.nodes[0].port}"

    def id_of(self, node: RedisServer) -> str:
        return node.tell("CLUSTER MYID").decode()  # type: ignore[no-any-return]

    def is_well(self) -> bool:
        """Whether every node that runs says so."""
        return all(node.tell("CLUSTER INFO")["cluster_state"] == "ok" for node in self._alive())

    def primary_of(self, key: str) -> RedisServer:
        """Where this key is written."""
        slot = self._alive()[0].tell("CLUSTER KEYSLOT", key)
        for node in self._alive():
            for first, last, primary, *_ in node.tell("CLUSTER", "SLOTS"):
                if first <= slot <= last:
                    return next(each for each in self.nodes if each.port == primary[1])
        raise LookupError(key)

    def begin_to_move(self, key: str) -> tuple[RedisServer, RedisServer]:
        """The slot of this key, and so far nothing of it but this key: from where, and where to."""
        here = self.primary_of(key)
        there = next(node for node in self.nodes if node is not here and not node.has_primary())
        slot = here.tell("CLUSTER KEYSLOT", key)
        there.tell("CLUSTER", "SETSLOT", slot, "IMPORTING", self.id_of(here))
        here.tell("CLUSTER", "SETSLOT", slot, "MIGRATING", self.id_of(there))
        here.tell("MIGRATE", "127.0.0.1", there.port, key, 0, 5000)
        return here, there

    def bring_back(self, node: RedisServer) -> None:
        """As the replica of the one that took its place."""
        if node.is_running:
            node.resume()
        else:
            node.start()
        until(lambda: self.is_well() and node.has_primary())

    def _alive(self) -> list[RedisServer]:
        return [node for node in self.nodes if node.is_running]

    def _join(self) -> None:
        for number, node in enumerate(self.nodes):
            node.tell("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            bus = node.tell("CONFIG GET", "cluster-port")["cluster-port"]
            self.nodes[0].tell("CLUSTER", "MEET", "127.0.0.1", node.port, bus)
        for primary, first, last in zip(
            self.nodes, (0, 5461, 10923), (5460, 10922, 16383), strict=False
        ):
            primary.tell("CLUSTER", "ADDSLOTSRANGE", first, last)
        until(
            lambda: all(
                each.tell("CLUSTER INFO")["cluster_known_nodes"] == "6" for each in self.nodes
            )
        )
        for primary, replica in zip(self.nodes[:3], self.nodes[3:], strict=True):
            replica.tell("CLUSTER", "REPLICATE", self.id_of(primary))
        until(self.is_well)
        until(lambda: all(each.has_primary() for each in self.nodes[3:]))


@asynccontextmanager
async def two_buses(url: str) -> AsyncIterator[tuple[RedisBus, list[bytes]]]:
    """One that sends, and what the other hears; both of them listen."""
    stores = [RedisStore(url=url) for _ in range(2)]
    here, there = map(RedisBus, stores)
    heard: list[bytes] = []
    back: list[int] = []
    here.listen(lambda _: None, lambda: back.append(1))
    there.listen(heard.append, lambda: back.append(2))
    await eventually(lambda: {*back} == {1, 2})
    yield here, heard
    await here.close()
    await there.close()
    for store in stores:
        await store.close()


async def is_heard(bus: RedisBus, heard: list[bytes], message: bytes) -> None:
    """Returns once a message has arrived: some before it may be lost."""

    def is_there() -> bool:
        bus.send(message)
        return message in heard

    await eventually(is_there)


async def works_again(store: RedisStore, clock: FakeClock, name: str) -> None:
    """Returns once a session can be kept under this name."""
    await once_it_works(lambda: store.create(a_record(clock, name)), but=StoreUnavailable)


@pytest.fixture(scope="module")
def running() -> Iterator[ClusterServers]:
    with ClusterServers.running() as cluster:
        yield cluster


@pytest.fixture
async def store(running: ClusterServers, clock: FakeClock) -> AsyncIterator[RedisStore]:
    for node in running.nodes:
        if not node.has_primary():
            node.tell("FLUSHALL")
    store = RedisStore(url=running.url, timeout=PATIENT, clock=clock)
    yield store
    await store.close()


async def keeps_every_promise(store: RedisStore, clock: FakeClock) -> None:
    ada = [a_record(clock, f"browser {n}", owner="ada") for n in range(20)]

    await asyncio.gather(*[store.create(record) for record in ada])
    longer = a_lifetime(clock, ends_after=timedelta(days=9))
    patched = await store.patch(ada[0].key, set={"a": b"\xff"}, lifetime=longer)
    await store.check()

    assert patched == ada[0].patched(clock(), set={"a": b"\xff"}, lifetime=longer)
    assert len(await store.owned_by("ada")) == 20
    assert len(await store.delete_owned_by("ada", except_key=ada[0].key)) == 19
    assert await store.owned_by("ada") == [patched]
    assert await store.retire(ada[0].key, ForwardingAddress(left_at=clock())) == patched


async def test_a_cluster_by_url_keeps_every_promise_that_one_server_keeps(
    store: RedisStore, clock: FakeClock
) -> None:
    await keeps_every_promise(store, clock)


async def test_a_client_of_a_cluster_keeps_them_too(
    clock: FakeClock, redis_cluster: RedisServer
) -> None:
    async with RedisCluster(host="127.0.0.1", port=redis_cluster.port) as client:
        await keeps_every_promise(RedisStore(client=client, timeout=PATIENT, clock=clock), clock)


async def test_news_reach_whoever_listens_at_any_node(running: ClusterServers) -> None:
    async with two_buses(running.url) as (bus, heard):
        await is_heard(bus, heard, b"hello")


async def test_sessions_are_used_while_their_slots_move(
    running: ClusterServers, store: RedisStore, clock: FakeClock
) -> None:
    records = [a_record(clock, f"browser {n}", owner=f"{n % 5}") for n in range(300)]
    await asyncio.gather(*[store.create(record) for record in records])
    source, target = running.nodes[0], running.nodes[1]
    moving = await asyncio.create_subprocess_exec(
        *("redis-cli", "--cluster", "reshard", f"127.0.0.1:{source.port}", "--cluster-yes"),
        *("--cluster-from", running.id_of(source), "--cluster-to", running.id_of(target)),
        *("--cluster-slots", "600"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    moved = asyncio.create_task(moving.wait())

    rounds = 0
    while not moved.done():
        rounds += 1
        fields = {"round": b"%d" % rounds}
        patched = await asyncio.gather(*[store.patch(each.key, set=fields) for each in records])
        assert all(each is not None and each.fields["round"] == b"%d" % rounds for each in patched)
        new = a_record(clock, f"new {rounds}", owner="eve")
        await store.create(new)
        assert await store.delete(new.key) == new

    assert moved.result() == 0
    assert rounds > 1
    assert len(await store.owned_by("3")) == 60
    ended = await asyncio.gather(*[store.delete(record.key) for record in records])
    assert all(ended)


async def test_a_session_that_has_moved_before_its_slot_is_found(
    running: ClusterServers, store: RedisStore, clock: FakeClock
) -> None:
    record = a_record(clock, "moved")
    await store.create(record)
    name = f"session:{record.key}"
    here, there = running.begin_to_move(name)

    for at_once in (1, 2, 3, 4, 40) * 5:
        found = await asyncio.gather(*[store.load(record.key) for _ in range(at_once)])
        assert found == [record] * at_once

    assert await store.delete(record.key) == record
    for node in (there, here):
        slot = node.tell("CLUSTER KEYSLOT", name)
        node.tell("CLUSTER", "SETSLOT", slot, "NODE", running.id_of(there))


@pytest.mark.parametrize("how", [RedisServer.kill, RedisServer.pause], ids=["killed", "hangs"])
async def test_for_a_primary_that_is_gone_its_replica_takes_over(
    running: ClusterServers, clock: FakeClock, how: Callable[[RedisServer], None]
) -> None:
    store = RedisStore(url=running.url, clock=clock, timeout=timedelta(milliseconds=500))
    records = [a_record(clock, f"browser {n}") for n in range(60)]
    await asyncio.gather(*[store.create(record) for record in records])
    gone = running.primary_of(f"session:{key_of('after it')}")
    await asyncio.to_thread(until, gone.is_copied)
    async with two_buses(running.url) as (bus, heard):
        await is_heard(bus, heard, b"before")
        how(gone)

        await works_again(store, clock, "after it")
        found = await asyncio.gather(*[store.load(record.key) for record in records])
        await is_heard(bus, heard, b"after")

        assert found == records
    await asyncio.gather(*[store.delete(record.key) for record in records])
    assert await store.delete(key_of("after it"))
    await store.close()
    await asyncio.to_thread(running.bring_back, gone)
