"""Events are lines of their own, and never more than a few of a kind in a minute."""

from __future__ import annotations

import logging
from datetime import timedelta

import httpx
import pytest

from quart_app.errors import StoreUnavailable
from quart_app.observing import events as room
from quart_app.observing.events import MOST_IN_A_WINDOW, WINDOW_SECONDS, FewOfAKind
from quart_app.observing.layer import Layer
from quart_app.sessions.stores.guard import FAILURES_THAT_OPEN, Guard
from quart_app.signals import connection_refused
from quart_app.testing import FakeClock
from tests.kit.polling import eventually
from tests.web.asking import browser

Events = pytest.LogCaptureFixture


def fields(record: logging.LogRecord, *names: str) -> dict[str, object]:
    return {name: getattr(record, name) for name in names}


async def test_an_unknown_host_is_named(visitor: httpx.AsyncClient, events: Events) -> None:
    await visitor.get("/login", headers={"Host": "evil.example"})

    (record,) = events.records
    assert record.message == "unknown host"
    assert fields(record, "host", "peer") == {"host": "evil.example", "peer": "127.0.0.1"}
    assert record.name == "quart_app.events"


async def test_a_peer_that_passes_for_a_proxy_is_named_once(
    layer: Layer, visitor: httpx.AsyncClient, events: Events
) -> None:
    claim = {"X-Forwarded-For": "192.0.2.7"}
    await visitor.get("/login", headers=claim)  # through the proxy
    async with browser(layer, peer="10.0.0.9") as stranger:
        for _ in range(3):
            await stranger.get("/login", headers=claim)
        await stranger.get("/login")

    (record,) = events.records
    assert record.message == "X-Forwarded-For of a peer that is not in TRUSTED_PROXIES"
    assert fields(record, "peer") == {"peer": "10.0.0.9"}


async def test_a_refused_request_of_another_site_is_named(
    visitor: httpx.AsyncClient, events: Events
) -> None:
    await visitor.post(
        "/login?next=/secret", data={"name": "Grace"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    (record,) = [each for each in events.records if each.message.startswith("cross-site")]
    assert fields(record, "path", "site") == {"path": "/login", "site": "cross-site"}
    assert "Grace" not in str(vars(record))
    assert "secret" not in str(vars(record))


async def test_an_event_and_the_access_log_have_the_same_request_id(
    visitor: httpx.AsyncClient, events: Events
) -> None:
    await visitor.get(
        "/login", headers={"Host": "evil.example", "X-Request-Id": "0123456789abcdef"}
    )

    assert fields(events.records[0], "request") == {"request": "0123456789abcdef"}


async def test_a_store_is_down_and_up_again_once_each(events: Events) -> None:
    guard = Guard("Redis", timeout=timedelta(seconds=1), unreachable=(ConnectionError,))

    async def fails() -> None:
        raise ConnectionError

    async def works() -> None: ...

    for _ in range(FAILURES_THAT_OPEN):
        with pytest.raises(StoreUnavailable):
            await guard.run(fails)
    guard._next_probe = 0.0
    await guard.run(works)
    await guard.run(works)

    assert [each.message for each in events.records] == ["store down", "store up again"]
    assert {each.store for each in events.records} == {"Redis"}  # type: ignore[attr-defined]


def test_limits_on_connections_are_kinds_of_their_own(events: Events) -> None:
    for number in range(MOST_IN_A_WINDOW + 3):
        connection_refused.send("one address", peer="192.0.2.1")
        if not number:
            connection_refused.send("all", reason="all are in use", connections=9)

    crowd, full, *_ = events.records
    assert fields(crowd, "peer") == {"peer": "192.0.2.1"}
    assert fields(full, "reason", "connections") == {"reason": "all are in use", "connections": 9}
    assert len(events.records) == MOST_IN_A_WINDOW + 1
    assert {each.name for each in events.records} == {"quart_app.events"}


async def test_sign_ins_are_told_and_who_was_tried_is_not(
    visitor: httpx.AsyncClient, events: Events
) -> None:
    await visitor.post("/login", data={"name": "Ada"})
    await visitor.get("/logout")
    await visitor.post("/login", data={"name": "Eve" * 100})

    by_kind = {each.message: each for each in events.records if each.name == "quart_app.events"}
    assert fields(by_kind["signed in"], "account", "method") == {"account": "Ada", "method": "name"}
    assert fields(by_kind["signed out"], "account", "peer") == {
        "account": "Ada",
        "peer": "127.0.0.1",
    }
    assert fields(by_kind["session ended"], "account", "reason") == {
        "account": "Ada",
        "reason": "signed out",
    }
    assert fields(by_kind["sign-in refused"], "reason") == {"reason": "unusable"}
    assert "Eve" not in str(vars(by_kind["sign-in refused"]))


def test_a_few_of_each_kind_pass_in_a_minute(events: Events) -> None:
    clock = FakeClock()
    few = FewOfAKind(clock)

    for _ in range(MOST_IN_A_WINDOW + 7):
        few.tell(logging.WARNING, "unknown host", dict)
    few.tell(logging.WARNING, "store down", dict)
    clock.advance(seconds=WINDOW_SECONDS)
    few.tell(logging.WARNING, "unknown host", dict)

    said = [record.getMessage() for record in events.records]
    assert said == ["unknown host"] * MOST_IN_A_WINDOW + ["store down", "unknown host"]
    assert fields(events.records[-1], "not_shown") == {"not_shown": 7}


async def test_the_count_comes_when_the_minute_is_over(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "WINDOW_SECONDS", 0.05)

    for _ in range(MOST_IN_A_WINDOW + 3):
        room.few.tell(logging.WARNING, "unknown host", dict)
    await eventually(lambda: len(events.records) > MOST_IN_A_WINDOW)
    monkeypatch.setattr(room, "WINDOW_SECONDS", WINDOW_SECONDS)
    for _ in range(MOST_IN_A_WINDOW):
        room.few.tell(logging.WARNING, "unknown host", dict)

    _, *others = events.records[MOST_IN_A_WINDOW:]
    assert fields(events.records[MOST_IN_A_WINDOW], "not_shown") == {"not_shown": 3}
    assert len(others) == MOST_IN_A_WINDOW - 1  # it was the first of its minute


def test_they_are_written_whatever_the_level(events: Events) -> None:
    before = logging.getLogger().level
    try:
        logging.getLogger().setLevel("ERROR")
        assert room.log.isEnabledFor(logging.INFO)
    finally:
        logging.getLogger().setLevel(before)


def test_they_have_the_name_that_the_documentation_says() -> None:
    assert room.log.name == "quart_app.events"
