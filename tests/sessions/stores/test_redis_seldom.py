"""Trouble that repeats itself is logged once a minute, each kind."""

from __future__ import annotations

import logging

import pytest

from quart_app.live.bus.redis import RedisBus
from quart_app.sessions.stores.redis import RedisStore
from quart_app.sessions.stores.redis.seldom import Seldom
from quart_app.testing import FakeClock
from quart_app.testing.store_contract.samples import a_record
from tests.kit.polling import eventually
from tests.kit.redis import PATIENT, RedisServer
from tests.kit.wire import Wire


def counts(caplog: pytest.LogCaptureFixture) -> dict[str, int]:
    """How often each message was logged; events have a test of their own."""
    said = [each.msg for each in caplog.records if each.name != "quart_app.events"]
    return {message: said.count(message) for message in said}


def test_each_kind_is_logged_once_a_minute(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    log = Seldom(logging.getLogger("of this test"), clock=clock)

    for _ in range(61):
        log.warning("one: %s", clock(), extra={})
        log.warning("another", extra={})
        clock.advance(seconds=1)

    assert counts(caplog) == {"one: %s": 2, "another": 2}


async def test_connections_that_are_cut_again_and_again_are_logged_once(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with Wire.to(redis_server.port) as wire:
        store = RedisStore(url=wire.url, timeout=PATIENT)
        bus = RedisBus(store)
        back: list[int] = []
        bus.listen(lambda _: None, lambda: back.append(1))

        for times in range(1, 6):
            await eventually(lambda times=times: len(back) >= times)  # type: ignore[misc]
            await wire.cut()

        await eventually(lambda: len(back) >= 6)
        await bus.close()
        await store.close()
    assert counts(caplog) == {"other processes are not heard for now: %s": 1}


async def test_messages_that_cannot_be_sent_are_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = RedisStore(url="redis://127.0.0.1:1")
    bus = RedisBus(store)

    for _ in range(20):
        bus.send(b"hello")
        await bus.close()  # having sent what is left

    assert counts(caplog) == {"other processes not told: %s": 1}
    await store.close()


async def test_damaged_records_are_logged_once(
    store: RedisStore,
    redis_server: RedisServer,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in range(10):
        record = a_record(clock, f"{number}")
        await store.create(record)
        redis_server.tell("HDEL", f"session:{record.key}", "seen")
        assert await store.load(record.key) is None

    assert counts(caplog) == {"session record is damaged": 1}
