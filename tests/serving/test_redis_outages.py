"""The application while its Redis is down, deaf, new, full or read-only."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from quart import Quart

from quart_app.sessions import Store
from quart_app.testing import Client
from tests.kit.redis import RedisServer
from tests.serving.browsing import record_of, seen_by, signed_in, token_in
from tests.serving.outages import (
    is_honest_503,
    only_public_pages_are_shown,
    quickly,
    until_it_answers,
)
from tests.serving.programs.notes import create_app


@dataclass(frozen=True, slots=True)
class Outage:
    """How it begins, and how it ends."""

    begin: Callable[[RedisServer], object]
    end: Callable[[RedisServer], object]

    @contextmanager
    def of(self, server: RedisServer) -> Iterator[None]:
        """From the beginning of the block to its end."""
        self.begin(server)
        yield
        self.end(server)


UNREACHABLE = {
    "down": Outage(lambda server: server.stop(), lambda server: server.start()),
    "killed": Outage(lambda server: server.kill(), lambda server: server.start()),
    "deaf": Outage(lambda server: server.pause(), lambda server: server.resume()),
}
UNWRITABLE = {
    "out of memory": Outage(
        lambda server: server.tell("CONFIG", "SET", "maxmemory", "1"),
        lambda server: server.tell("CONFIG", "SET", "maxmemory", "0"),
    ),
    "read-only": Outage(
        lambda server: server.tell("REPLICAOF", "127.0.0.1", "1"),
        lambda server: server.tell("REPLICAOF", "NO", "ONE"),
    ),
}


MODES: dict[str, dict[str, Any]] = {
    "served": {},
    "under test": {"TESTING": True, "SESSION_STORE_TIMEOUT": 0.2},
}


@pytest.fixture(params=MODES.values(), ids=list(MODES))
def notes(request: pytest.FixtureRequest, own_redis: RedisServer) -> Quart:
    """The notes, as they are served and as their own tests see them."""
    return create_app({"SESSION_TYPE": "redis", "SESSION_URI": own_redis.url, **request.param})


@pytest.fixture(autouse=True)
async def _closed(notes: Quart, own_redis: RedisServer) -> AsyncIterator[None]:
    yield
    own_redis.resume()
    await notes.session_interface.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("outage", UNREACHABLE.values(), ids=UNREACHABLE)
async def test_public_pages_are_shown_and_others_say_come_again_until_redis_is_back(
    outage: Outage, notes: Quart, own_redis: RedisServer
) -> None:
    await only_public_pages_are_shown(notes, outage.of(own_redis))


async def test_after_a_pause_everybody_is_signed_in_as_before(
    notes: Quart, own_redis: RedisServer
) -> None:
    browser = await signed_in(notes)
    await browser.post("/notes", form={"note": "kept"})
    own_redis.pause()
    await browser.get("/")
    own_redis.resume()

    await until_it_answers(browser)

    seen = await seen_by(browser)
    assert (seen["name"], seen["notes"]) == ("ada", ["kept"])


async def test_of_a_redis_that_forgot_everything_everybody_is_signed_out_and_can_sign_in(
    notes: Quart, own_redis: RedisServer
) -> None:
    browser = await signed_in(notes)
    own_redis.restart()

    forgotten = await seen_by(browser)
    cookie_after = token_in(browser)
    await browser.post("/login", form={"name": "grace"})

    assert forgotten["name"] is None
    assert cookie_after is None
    assert (await seen_by(browser))["name"] == "grace"


@pytest.mark.parametrize("notes", [MODES["under test"]], indirect=True)
async def test_while_redis_keeps_failing_a_page_costs_next_to_nothing(
    notes: Quart, own_redis: RedisServer
) -> None:
    browser = await signed_in(notes)
    own_redis.pause()
    for _ in range(5):
        await browser.get("/public")

    begun = time.monotonic()
    answers = [await browser.get("/public") for _ in range(20)]
    took = time.monotonic() - begun

    assert {answer.status for answer in answers} == {200}
    assert took < 1  # one probe of a fifth of a second among them, at most


@pytest.mark.parametrize("outage", UNWRITABLE.values(), ids=UNWRITABLE)
async def test_sessions_are_read_and_a_change_that_fails_leaves_the_old_state(
    outage: Outage, notes: Quart, own_redis: RedisServer
) -> None:
    browser, visitor = await signed_in(notes), Client(notes)
    store: Store = notes.session_interface.store  # type: ignore[attr-defined]
    token, before = token_in(browser), await record_of(browser, store)
    outage.begin(own_redis)

    seen = await seen_by(browser)
    refused = [
        await quickly(browser.post("/notes", form={"note": "lost"})),
        await quickly(browser.post("/login", form={"name": "grace"})),
        await quickly(visitor.post("/login", form={"name": "grace"})),
    ]
    outage.end(own_redis)

    assert seen["name"] == "ada"
    assert all(map(is_honest_503, refused))
    assert (token_in(browser), token_in(visitor)) == (token, None)
    assert await record_of(browser, store) == before
    assert await store.owned_by("grace") == []


async def test_signing_out_needs_no_memory(notes: Quart, own_redis: RedisServer) -> None:
    browser = await signed_in(notes)
    UNWRITABLE["out of memory"].begin(own_redis)

    answer = await browser.post("/logout")

    assert answer.status == 303
    assert token_in(browser) is None
    [left] = own_redis.tell("KEYS", "*")
    assert own_redis.tell("HGET", left, "v") == b"retired"


async def test_a_sign_out_that_redis_cannot_write_is_not_shown_as_done(
    notes: Quart, own_redis: RedisServer
) -> None:
    browser = await signed_in(notes)
    token = token_in(browser)
    UNWRITABLE["read-only"].begin(own_redis)

    refused = await browser.post("/logout")
    seen = await seen_by(browser)
    UNWRITABLE["read-only"].end(own_redis)
    answer = await browser.post("/logout")

    assert is_honest_503(refused)
    assert seen["name"] == "ada"
    assert token is not None
    assert answer.status == 303
    assert token_in(browser) is None


async def test_an_application_starts_without_its_redis_and_finds_it_later(
    notes: Quart, own_redis: RedisServer
) -> None:
    own_redis.stop()
    async with Client(notes) as browser:
        refused = await browser.post("/login", form={"name": "ada"})
        own_redis.start()

        await browser.post("/login", form={"name": "ada"})
        seen = await seen_by(browser)

    assert is_honest_503(refused)
    assert seen["name"] == "ada"
