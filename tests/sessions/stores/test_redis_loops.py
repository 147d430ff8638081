"""A client of ours belongs to one event loop, and nobody has to close it."""

from __future__ import annotations

import asyncio
import gc

import pytest
from redis.asyncio import Redis

from quart_app.sessions.stores.redis import RedisStore
from quart_app.sessions.stores.redis.client import DRIVER
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, key_of
from tests.kit.polling import eventually
from tests.kit.processes import python
from tests.kit.redis import PATIENT, RedisServer


def connections(redis_server: RedisServer) -> int:
    """Open ones, without the one that asks."""
    return len(redis_server.tell("CLIENT LIST")) - 1


async def test_a_constructor_does_no_io(redis_server: RedisServer) -> None:
    before = redis_server.tell("INFO", "stats")["total_connections_received"]

    RedisStore(url=redis_server.url)

    # The two that ask are counted too.
    assert redis_server.tell("INFO", "stats")["total_connections_received"] == before + 1


def test_each_event_loop_gets_a_client_that_ends_with_it(
    redis_server: RedisServer, clock: FakeClock
) -> None:
    store = RedisStore(url=redis_server.url, timeout=PATIENT, clock=clock)
    record = a_record(clock)

    asyncio.run(store.create(record))
    loaded = asyncio.run(store.load(record.key))
    gc.collect()  # what was left open would warn now, and fail this test

    assert loaded == record
    assert connections(redis_server) == 0


async def test_a_store_that_nobody_closed_is_closed_with_the_loop_of_its_test(
    redis_server: RedisServer,
) -> None:
    store = RedisStore(url=redis_server.url, timeout=PATIENT)
    await asyncio.gather(*[store.load(key_of("none")) for _ in range(10)])
    # pytest makes any ResourceWarning a failure of this test or the next.


@pytest.mark.parametrize("in_a_cycle", [False, True])
async def test_a_dropped_store_closes_its_connections_while_the_loop_runs_on(
    redis_server: RedisServer, in_a_cycle: bool
) -> None:
    store: RedisStore | None = RedisStore(url=redis_server.url, timeout=PATIENT)
    assert store is not None
    await store.check()
    if in_a_cycle:
        vars(store)["itself"] = store
    assert connections(redis_server) == 1

    store = None
    gc.collect()

    await eventually(lambda: connections(redis_server) == 0)


async def test_close_can_be_repeated_and_the_store_used_again(redis_server: RedisServer) -> None:
    store = RedisStore(url=redis_server.url, timeout=PATIENT)
    await store.close()
    await store.check()

    await store.close()
    await store.close()

    assert connections(redis_server) == 0
    await store.check()
    await store.close()


async def test_close_lets_calls_under_way_finish(
    redis_server: RedisServer, clock: FakeClock
) -> None:
    store = RedisStore(url=redis_server.url, timeout=PATIENT, clock=clock)
    calls = [asyncio.create_task(store.create(a_record(clock, f"{n}"))) for n in range(100)]
    await asyncio.sleep(0)

    await store.close()
    await asyncio.gather(*calls)
    await store.close()

    assert redis_server.tell("DBSIZE") == 100
    assert connections(redis_server) == 0


async def test_after_close_a_client_that_was_given_is_not_used_by_calls_that_were_cancelled(
    redis_server: RedisServer,
) -> None:
    client = Redis.from_url(redis_server.url, **DRIVER)
    store = RedisStore(client=client, timeout=PATIENT)
    before = asyncio.all_tasks()
    call = asyncio.create_task(store.load(key_of("nobody waits for it")))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait([call])

    await store.close()

    assert asyncio.all_tasks() == before
    await client.aclose()
    assert connections(redis_server) == 0


async def test_a_burst_shares_a_bounded_number_of_connections(redis_server: RedisServer) -> None:
    store = RedisStore(url=redis_server.url, timeout=PATIENT)

    await asyncio.gather(*[store.load(key_of(f"{n}")) for n in range(500)])

    assert connections(redis_server) <= 64
    await store.close()


PROGRAM = """
import asyncio, sys
from quart_app.sessions.stores.redis import RedisStore
from quart_app.sessions.stores.redis.client import DRIVER

async def use(store):
    await asyncio.gather(*[store.check() for _ in range(5)])

store = RedisStore(url=sys.argv[1])
asyncio.run(use(store))
asyncio.run(use(store))
with asyncio.Runner() as runner:
    runner.run(use(store))
    runner.run(use(store))
"""

WITHOUT_REDIS = """
import sys
sys.modules["redis"] = None
import quart_app.sessions.stores
from quart_app.errors import ConfigurationError
try:
    import quart_app.sessions.stores.redis
except ConfigurationError as exc:
    print(exc)
"""


def test_a_program_that_never_closes_ends_without_a_warning(redis_server: RedisServer) -> None:
    ended = python("-X", "dev", "-W", "error", "-c", PROGRAM, redis_server.url)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_without_the_redis_package_the_error_names_the_cure() -> None:
    ended = python("-c", WITHOUT_REDIS)

    assert ended.returncode == 0, ended.stderr
    assert "pip install 'quart-app[redis]'" in ended.stdout
