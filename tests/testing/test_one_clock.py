"""Cookies and sessions end by one clock, whenever the application got its own."""

from __future__ import annotations

import pytest
from quart import Quart, session
from quart.typing import ResponseReturnValue

from quart_app.sessions import Session
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import BrokenStore, Client, FakeClock


@pytest.fixture
def visited(app: Quart) -> Quart:
    """An application whose sessions last five minutes, once it has some."""
    app.config.update(SESSION_TYPE="memory", SESSION_PERMANENT=True, PERMANENT_SESSION_LIFETIME=300)

    @app.get("/")
    async def index() -> ResponseReturnValue:
        return dict(session)

    return app


async def test_cookies_end_by_the_clients_clock(app: Quart, clock: FakeClock) -> None:
    client = Client(app, clock=clock)
    client.set_cookie("a=1; Max-Age=300")
    client.set_cookie("b=2")

    clock.advance(minutes=5)

    assert (await client.get("/echo")).json()["cookies"] == {"b": "2"}


async def test_sessions_that_are_set_up_after_the_client_bring_its_clock(
    visited: Quart, clock: FakeClock
) -> None:
    client = Client(visited)
    Session(visited, clock=clock)
    await client.sign_in("ada")

    clock.advance(minutes=4)
    assert (await client.get("/")).json() == {"name": "ada"}
    assert "session" in client.cookies

    clock.advance(minutes=5, seconds=1)
    assert "session" not in client.cookies


async def test_a_store_that_is_put_in_later_brings_its_clock(
    visited: Quart, clock: FakeClock
) -> None:
    Session(visited)
    client = Client(visited)
    Session(visited, store=MemoryStore(clock=clock))
    await client.sign_in("ada")

    clock.advance(minutes=5, seconds=1)

    assert "session" not in client.cookies


async def test_a_store_that_is_wrapped_goes_by_one_clock_with_its_wrapping(
    clock: FakeClock,
) -> None:
    inner = MemoryStore()
    outer = BrokenStore(inner)

    inner.clock = clock

    assert outer.clock() == clock()


async def test_a_clock_that_is_given_goes_before_the_applications(
    visited: Quart, clock: FakeClock
) -> None:
    own = FakeClock(clock() + 1)
    client = Client(visited, clock=own)
    Session(visited, clock=clock)
    await client.sign_in("ada")

    clock.advance(hours=9)
    assert "session" in client.cookies

    own.advance(minutes=5)
    assert "session" not in client.cookies
