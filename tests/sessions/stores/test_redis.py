"""What is special about sessions in Redis, while Redis is well."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from quart_app.errors import KeyTaken
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_lifetime, a_record, key_of
from tests.kit.redis import PATIENT, RedisServer


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("decode_responses", [False, True])
async def test_any_client_brings_back_the_bytes_that_went_in(
    redis_server: RedisServer, clock: FakeClock, protocol: int, decode_responses: bool
) -> None:
    record = a_record(clock, fields={"pack": bytes(range(256)), "": b"", "name é": b"\r\n"})

    async with Redis(
        port=redis_server.port, protocol=protocol, decode_responses=decode_responses
    ) as client:
        store = RedisStore(client=client, timeout=PATIENT, clock=clock)
        await store.create(record)

        assert await store.load(record.key) == record
        assert await store.touch(record.key, seen_at=clock()) == record
        assert await store.owned_by("ada") == []
        await store.check()
        assert await store.delete(record.key) == record


async def test_close_leaves_the_clients_of_others_open(
    redis_server: RedisServer, clock: FakeClock
) -> None:
    async with Redis(port=redis_server.port, single_connection_client=True) as client:
        mine = await client.client_id()
        store = RedisStore(client=client, timeout=PATIENT, clock=clock)
        await store.check()

        await store.close()
        await store.close()

        assert await client.client_id() == mine


async def test_a_record_that_is_the_same_to_the_bit_is_read_once(
    store: RedisStore, redis_server: RedisServer, clock: FakeClock
) -> None:
    record = a_record(clock, fields={"a": b"1"})
    await store.create(record)
    before = await store.load(record.key)

    again = await store.load(record.key)
    redis_server.tell("HSET", f"session:{record.key}", "f:a", "2")
    changed = await store.load(record.key)

    assert again is before
    assert changed is not None
    assert changed.fields == {"a": b"2"}


async def test_each_call_is_one_round_trip(
    store: RedisStore, redis_server: RedisServer, clock: FakeClock
) -> None:
    nobody, ada = a_record(clock), a_record(clock, "ada's", owner="ada")
    await store.create(ada)  # by now Redis knows the scripts of create, and soon the others
    await store.touch(ada.key, seen_at=clock())
    await store.delete(key_of("none"))
    redis_server.tell("CONFIG", "RESETSTAT")

    await store.create(nobody)
    await store.load(nobody.key)
    await store.patch(nobody.key, set={"a": b"1"}, unset=["name"])
    await store.touch(nobody.key, seen_at=clock())
    await store.patch(ada.key, lifetime=a_lifetime(clock, ends_after=timedelta(hours=1)))
    await store.delete(nobody.key)

    sent = redis_server.calls()
    assert sent["evalsha"] == 5
    assert "eval" not in sent
    # Scripts read the hash too: patches and touches three times, delete once.
    assert sent["hgetall"] == 1 + 4


async def test_a_record_is_forgotten_by_redis_itself_when_it_has_expired(
    store: RedisStore, redis_server: RedisServer, clock: FakeClock
) -> None:
    record = a_record(clock, lifetime=a_lifetime(clock, idle=timedelta(minutes=30)))
    await store.create(record)
    created = redis_server.tell("PTTL", f"session:{record.key}")

    await store.patch(record.key, lifetime=a_lifetime(clock, idle=timedelta(hours=2)))
    patched = redis_server.tell("PTTL", f"session:{record.key}")

    assert 1_790_000 < created <= 1_800_000
    assert 7_190_000 < patched <= 7_200_000


async def test_an_expired_record_is_removed_by_whoever_finds_it(
    store: RedisStore, redis_server: RedisServer, clock: FakeClock
) -> None:
    for name in ("loaded", "patched", "touched", "deleted"):
        await store.create(a_record(clock, name))
    clock.advance(hours=1)

    assert await store.load(key_of("loaded")) is None
    assert await store.patch(key_of("patched"), set={"a": b"1"}) is None
    assert await store.touch(key_of("touched"), seen_at=clock()) is None
    assert await store.delete(key_of("deleted")) is None

    assert redis_server.tell("DBSIZE") == 0


async def test_a_session_that_is_made_to_last_longer_stays_listed_as_long(
    store: RedisStore, clock: FakeClock
) -> None:
    idle = timedelta(days=60)
    short = a_lifetime(clock, idle=idle, ends_after=timedelta(hours=1))
    await store.create(a_record(clock, "first", owner="ada", lifetime=short))
    long = a_lifetime(clock, idle=idle, ends_after=timedelta(days=30))
    await store.patch(key_of("first"), lifetime=long)

    clock.advance(days=20)
    await store.create(a_record(clock, "second", owner="ada"))

    assert [found.key for found in await store.owned_by("ada")] == [
        key_of("first"),
        key_of("second"),
    ]


async def test_the_list_of_an_owner_forgets_what_has_ended_and_is_forgotten_itself(
    store: RedisStore, redis_server: RedisServer, clock: FakeClock
) -> None:
    for n in range(10):
        await store.create(a_record(clock, f"old {n}", owner="ada"))
    clock.advance(days=1)

    await store.create(a_record(clock, "new", owner="ada"))

    [name] = redis_server.tell("KEYS", "session:owner:*")
    assert redis_server.tell("ZCARD", name) == 1
    assert 0 < redis_server.tell("PTTL", name) <= 13 * 3_600_000


async def test_the_owner_cannot_be_read_from_the_name_of_the_list(
    store: RedisStore, redis_server: RedisServer, clock: FakeClock
) -> None:
    await store.create(a_record(clock, owner="ada {x} 😀\n"))

    assert not any(b"ada" in name for name in redis_server.tell("KEYS", "*"))
    assert len(await store.owned_by("ada {x} 😀\n")) == 1


async def test_an_entry_on_a_list_gives_nobody_the_session_of_another(
    store: RedisStore, clock: FakeClock
) -> None:
    await store.create(a_record(clock, owner="ada"))

    with pytest.raises(KeyTaken):
        await store.create(a_record(clock, owner="eve"))

    assert await store.owned_by("eve") == []
    assert await store.delete_owned_by("eve") == []


async def test_two_hundred_sign_ins_at_once_are_all_listed(
    store: RedisStore, clock: FakeClock
) -> None:
    records = [a_record(clock, f"browser {n}", owner="ada") for n in range(200)]

    await asyncio.gather(*[store.create(record) for record in records])

    listed = {record.key for record in await store.owned_by("ada")}
    assert listed == {record.key for record in records}


async def test_patches_from_several_clients_all_survive(
    store: RedisStore, redis_server: RedisServer, clock: FakeClock
) -> None:
    record = a_record(clock, fields={})
    await store.create(record)
    others = [RedisStore(url=redis_server.url, timeout=PATIENT, clock=clock) for _ in range(4)]

    await asyncio.gather(
        *[others[n % 4].patch(record.key, set={f"field {n}": b"%d" % n}) for n in range(100)]
    )

    kept = await store.load(record.key)
    assert kept is not None
    assert kept.fields == {f"field {n}": b"%d" % n for n in range(100)}
