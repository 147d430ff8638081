"""Signing in and out beside open websockets, and through them."""

from __future__ import annotations

import logging

import pytest
from quart import Quart

from quart_app.sessions.held.tokens import key_of
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import Client, FakeClock
from tests.serving.browsing import Desk, seen_by, signed_in, token_in


async def no_sessions_in(memory: MemoryStore) -> bool:
    """Looks at every record, live or not; what one that ended left behind is gone by then."""
    assert isinstance(memory.clock, FakeClock)
    memory.clock.advance(minutes=2)
    left = await memory.sweep(budget=100)
    return left.examined == left.removed


@pytest.mark.parametrize("ending", ["leave", "fail"])
async def test_a_session_signed_out_elsewhere_is_not_brought_back_by_the_end_of_a_socket(
    ending: str, app: Quart, memory: MemoryStore
) -> None:
    browser = await signed_in(app)
    async with Desk.of(browser) as desk:
        await desk.order("set", "notes", ["too late"])
        await browser.post("/logout")

        await desk.end_by(ending)

    assert await no_sessions_in(memory)


async def test_saving_a_session_signed_out_elsewhere_revives_nothing_and_empties_it(
    app: Quart, memory: MemoryStore
) -> None:
    browser = await signed_in(app)
    async with Desk.of(browser) as desk:
        await desk.order("set", "notes", ["too late"])
        await browser.post("/logout")

        held = await desk.order("save")
        held_later = await desk.order("save")
        await desk.end_by("leave")

    assert held == held_later == {}
    assert await no_sessions_in(memory)


async def test_a_socket_of_before_does_not_write_into_the_session_of_the_next_one_to_sign_in(
    app: Quart, memory: MemoryStore
) -> None:
    browser = await signed_in(app, "ada")
    async with Desk.of(browser) as desk:
        await desk.order("set", "notes", ["of ada"])
        await browser.post("/login", form={"name": "grace"})

        answer = await desk.order("save")
        held = await desk.order("show")

    assert answer == "SignedInMeanwhile"
    assert held == {}
    seen = await seen_by(browser)
    assert (seen["name"], seen["notes"]) == ("grace", [])
    assert await memory.owned_by("ada") == []


async def test_what_a_visitor_without_session_writes_is_lost_at_the_close_and_logged(
    app: Quart, memory: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    async with Desk.of(Client(app)) as desk:
        await desk.order("set", "notes", ["mine"])

        await desk.end_by("leave")

    assert await no_sessions_in(memory)
    [entry] = [entry for entry in caplog.records if entry.levelno == logging.ERROR]
    assert entry.getMessage() == "session lost: a websocket cannot set its cookie"


async def test_a_visitor_without_session_is_told_when_saving(
    app: Quart, memory: MemoryStore
) -> None:
    async with Desk.of(Client(app)) as desk:
        await desk.order("set", "notes", ["mine"])

        answer = await desk.order("save")

    assert answer == "NoCookiePossible"
    assert await no_sessions_in(memory)


async def test_signing_in_through_a_websocket_is_refused_and_the_old_session_goes_on(
    app: Quart, memory: MemoryStore
) -> None:
    browser = Client(app)
    await browser.post("/notes", form={"note": "as a visitor"})
    async with Desk.of(browser) as desk:
        await desk.order("set", "name", "ada")

        answer = await desk.order("save")
        await desk.end_by("leave")

    seen = await seen_by(browser)
    assert answer == "NoCookiePossible"
    assert (seen["name"], seen["notes"]) == (None, ["as a visitor"])
    assert await memory.owned_by("ada") == []


@pytest.mark.parametrize("how", [("pop", "name"), ("set", "name", None)])
async def test_signing_out_through_a_websocket_ends_the_session(
    how: tuple[str, ...], app: Quart, memory: MemoryStore
) -> None:
    browser = await signed_in(app)
    await browser.post("/notes", form={"note": "private"})
    token = token_in(browser)
    async with Desk.of(browser) as desk:
        await desk.order(*how)

        held = await desk.order("save")

    assert held == {}
    assert await memory.load(key_of(token or "")) is None
    assert await no_sessions_in(memory)


async def test_a_sign_out_that_a_websocket_did_not_save_counts_when_its_handler_ends(
    app: Quart, memory: MemoryStore
) -> None:
    browser = await signed_in(app)
    async with Desk.of(browser) as desk:
        await desk.order("pop", "name")

        await desk.end_by("leave")

    assert await no_sessions_in(memory)
