"""What a Redis store finds that it did not write, and settings that cannot work."""

from __future__ import annotations

import logging

import pytest
from redis.asyncio import Redis

from quart_app.errors import ConfigurationError, KeyTaken, StoreUnavailable
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, key_of
from tests.kit.redis import PATIENT, RedisServer

DAMAGE = {
    "a meta field is missing": ("HDEL", "seen"),
    "a number is none": ("HSET", "ends", "soon"),
    "idle without end": ("HSET", "idle", "inf"),
    "of another version": ("HSET", "v", "2"),
    "a flag is none": ("HSET", "permanent", "maybe"),
    "text is not UTF-8": ("HSET", "device", b"\xff"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
async def test_a_damaged_record_is_not_there(
    store: RedisStore,
    redis_server: RedisServer,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
    damage: tuple[str | bytes, ...],
) -> None:
    record = a_record(clock)
    await store.create(record)
    redis_server.tell(damage[0], f"session:{record.key}", *damage[1:])

    with caplog.at_level(logging.WARNING):
        assert await store.load(record.key) is None

    [logged] = caplog.records
    assert logged.getMessage() == "session record is damaged"
    assert record.key[:12] in str(vars(logged))
    assert record.key[:13] not in str(vars(logged))
    assert await store.delete(record.key) is None
    assert redis_server.tell("DBSIZE") == 0


async def test_what_is_not_ours_is_not_there_and_left_alone(
    store: RedisStore, redis_server: RedisServer, clock: FakeClock
) -> None:
    key = key_of("foreign")
    redis_server.tell("SET", f"session:{key}", "theirs")

    assert await store.load(key) is None
    assert await store.patch(key, set={"a": b"1"}) is None
    assert await store.touch(key, seen_at=clock()) is None
    assert await store.delete(key) is None
    with pytest.raises(KeyTaken):
        await store.create(a_record(clock, "foreign"))

    assert redis_server.tell("GET", f"session:{key}") == b"theirs"


async def test_a_list_that_is_not_ours_stops_a_sign_in(
    store: RedisStore, redis_server: RedisServer, clock: FakeClock
) -> None:
    await store.create(a_record(clock, "first", owner="ada"))
    [name] = redis_server.tell("KEYS", "session:owner:*")
    redis_server.tell("SET", name, "theirs")

    with pytest.raises(StoreUnavailable):
        await store.create(a_record(clock, "second", owner="ada"))
    with pytest.raises(StoreUnavailable):
        await store.owned_by("ada")


@pytest.mark.parametrize(
    "url", ["http://localhost", "redis://:hunter/2@localhost", "redis://localhost?colour=red"]
)
async def test_a_url_that_cannot_work_is_named_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="SESSION_URI") as caught:
        await RedisStore(url=url).check()

    assert "hunter" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_check_names_the_cure_for_a_wrong_password() -> None:
    with RedisServer.running(password="right") as redis_server:  # noqa: S106 (of this test's server)
        wrong = redis_server.url.replace("redis://", "redis://:wrong@")
        for url in (redis_server.url, wrong):
            with pytest.raises(ConfigurationError, match="user or password"):
                await RedisStore(url=url, timeout=PATIENT).check()
            with pytest.raises(StoreUnavailable, match="user or password"):
                await RedisStore(url=url, timeout=PATIENT).load(key_of("any"))


@pytest.mark.parametrize("both", [True, False])
def test_either_a_url_or_a_client_is_needed(both: bool) -> None:
    with pytest.raises(ConfigurationError, match="either"):
        RedisStore(url="redis://", client=Redis()) if both else RedisStore()
