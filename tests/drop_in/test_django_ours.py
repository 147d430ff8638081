"""Promises of Django's `SessionTestsMixin` that we keep in words of our own."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from quart_app.sessions import Store
from quart_app.sessions.held.tokens import key_of
from quart_app.testing import FakeClock
from tests.drop_in.django_words import Ours, OurSession


async def kept(ours: Ours, **values: Any) -> OurSession:
    """The browser's next request, after one that stored these."""
    session = await ours.open()
    await session.aupdate(values)
    await session.asave()
    return session


async def test_pop_default_named_argument(ours: Ours) -> None:
    session = await kept(ours, x=1)

    assert session.held.pop("cat", default="none") == "none"


async def test_what_comes_and_goes_in_one_request_modifies_nothing(ours: Ours) -> None:
    session = await kept(ours, x=1)

    await session.aset("cat", "dog")
    assert session.modified
    assert await session.apop("cat") == "dog"

    assert session.accessed
    assert not session.modified


async def test_an_empty_session_is_not_stored(ours: Ours) -> None:
    session = await ours.open()
    session.clear()

    await session.asave()

    assert session.session_key is None
    assert (await ours.store.sweep(budget=10)).examined == 0


@pytest.mark.parametrize("key", ["", "1234567", "12345678"])
async def test_a_cookie_that_is_none_of_ours_is_never_taken_up(ours: Ours, key: str) -> None:
    session = await ours.open(key)
    assert session.session_key is None

    await session.aset("x", 1)
    await session.asave()

    assert session.session_key not in (None, key)


async def test_the_sid_is_read_only(ours: Ours) -> None:
    session = await ours.open()

    with pytest.raises(AttributeError):
        session.held.sid = "another"  # type: ignore[misc]


async def lives(session: OurSession) -> bool:
    """Whether the browser's next request finds it."""
    return bool(await session.aload())


async def ends_after(lifetime: timedelta, session: OurSession, clock: FakeClock) -> None:
    clock.advance(seconds=lifetime.total_seconds() - 1)
    assert await lives(session)
    clock.advance(seconds=1)
    assert not await lives(session)


async def test_default_expiry(ours: Ours, clock: FakeClock) -> None:
    session = await kept(ours, x=1)
    assert session.held.idle_lifetime == timedelta(hours=8)

    await ends_after(timedelta(hours=8), session, clock)


async def test_custom_expiry(ours: Ours, clock: FakeClock) -> None:
    session = await kept(ours, x=1)
    session.held.idle_lifetime = timedelta(seconds=10)
    await session.asave()
    assert session.held.idle_lifetime == timedelta(seconds=10)

    await ends_after(timedelta(seconds=10), session, clock)


async def test_a_custom_end(ours: Ours, clock: FakeClock) -> None:
    session = await kept(ours, x=1)
    session.held.absolute_lifetime = timedelta(seconds=10)
    await session.asave()

    clock.advance(seconds=9)
    await session.aset("x", 2)
    await session.asave()
    clock.advance(seconds=1)

    assert not await lives(session)


async def test_custom_expiry_reset(ours: Ours, clock: FakeClock) -> None:
    session = await kept(ours, x=1)
    session.held.idle_lifetime = timedelta(seconds=10)
    await session.asave()
    session.held.idle_lifetime = None
    await session.asave()

    clock.advance(hours=7)

    assert session.held.idle_lifetime == timedelta(hours=8)
    assert await lives(session)


@pytest.mark.parametrize("seconds", [0, -10])
async def test_an_expiry_in_the_past_is_refused(ours: Ours, seconds: int) -> None:
    session = await kept(ours, x=1)

    with pytest.raises(ValueError, match="positive"):
        session.held.idle_lifetime = timedelta(seconds=seconds)


@pytest.mark.parametrize("usual", [False, True])
@pytest.mark.parametrize("said", [None, False, True])
async def test_get_expire_at_browser_close(store: Store, usual: bool, said: bool | None) -> None:
    session = await kept(Ours(store, SESSION_PERMANENT=usual), x=1)
    if said is not None:
        session.held.permanent = said
        await session.asave()

    session.client.close_browser()

    outlives = usual if said is None else said
    assert session.held.permanent is outlives
    assert ("session" in session.client.cookies) is outlives


@pytest.mark.parametrize("garbage", [b"", b"bad:encoded:value", b"\x00\xff", b"{"])
async def test_what_cannot_be_decoded_is_logged_and_nobodys(
    ours: Ours, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    session = await kept(ours, x=1)
    key = key_of(session.session_key or "")
    record = await ours.store.load(key)
    assert record is not None
    await ours.store.patch(key, set=dict.fromkeys(record.fields, garbage))

    with caplog.at_level(logging.WARNING):
        assert not await lives(session)

    assert "refused" in caplog.text
    assert key not in caplog.text
