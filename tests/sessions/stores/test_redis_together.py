"""What is asked of Redis at the same time goes there together, and fails each for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from quart_app.errors import KeyTaken, StoreUnavailable
from quart_app.sessions.stores.redis import RedisStore, client
from quart_app.sessions.stores.redis import link as links
from quart_app.sessions.stores.redis.link import FEW, TOGETHER, Link
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record, key_of
from tests.kit.redis import PATIENT, RedisServer
from tests.kit.wire import Wire


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands went out each time."""
    lengths: list[int] = []
    send = client.answers_of

    async def noted(to: Any, commands: Sequence[Any]) -> list[Any]:
        lengths.append(len(commands))
        return await send(to, commands)

    monkeypatch.setattr(links, "answers_of", noted)
    return lengths


async def test_a_burst_goes_out_in_few_writes(
    store: RedisStore, clock: FakeClock, sent: list[int]
) -> None:
    records = [a_record(clock, f"{n}") for n in range(TOGETHER + 1)]
    await store.create(records[0])  # by now Redis knows the script
    sent.clear()

    await asyncio.gather(*[store.create(record) for record in records[1:]])
    found = await asyncio.gather(*[store.load(record.key) for record in records])

    assert list(found) == records
    assert sent == [TOGETHER, TOGETHER, 1]


async def test_a_long_list_holds_up_nobody_else(redis_server: RedisServer, sent: list[int]) -> None:
    link = Link(url=redis_server.url, client=None, timeout=PATIENT)
    one, few, many = ([("HGETALL", b"none")] * n for n in (1, FEW, FEW + 1))

    answers = await asyncio.gather(link.ask(*one), link.ask(*many), link.ask(*few))

    assert [len(each) for each in answers] == [1, FEW + 1, FEW]
    assert sorted(sent) == [FEW + 1, 1 + FEW]
    await link.close()


async def test_one_refusal_is_not_that_of_the_others(
    store: RedisStore, redis_server: RedisServer, clock: FakeClock
) -> None:
    taken, new = a_record(clock, "taken"), a_record(clock, "new")
    await store.create(taken)
    redis_server.tell("SET", f"session:{key_of('not ours')}", "a text")

    refused, *others = await asyncio.gather(
        store.create(taken),
        store.create(new),
        store.load(key_of("not ours")),
        store.load(taken.key),
        return_exceptions=True,
    )

    assert isinstance(refused, KeyTaken)
    assert others == [None, None, taken]
    assert await store.load(new.key) == new


async def test_when_the_connection_is_lost_only_what_may_happen_twice_is_sent_again(
    redis_server: RedisServer, clock: FakeClock
) -> None:
    record, other = a_record(clock, "ended"), a_record(clock, "other")
    async with Wire.to(redis_server.port) as wire:
        store = RedisStore(url=wire.url, timeout=PATIENT, clock=clock)
        await store.create(record)
        await store.create(other)
        await store.delete(key_of("to know the script"))
        wire.drops_after_requests = wire.requests + 1

        deleted, loaded = await asyncio.gather(
            store.delete(record.key), store.load(other.key), return_exceptions=True
        )

        assert isinstance(deleted, StoreUnavailable)
        assert loaded == other
        assert await store.load(record.key) is None
        await store.close()
