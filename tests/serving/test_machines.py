"""Several instances of the application on the same sessions, as on several machines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from quart import Quart

from quart_app.sessions.held.tokens import key_of
from quart_app.testing import Client, Response
from tests.serving.browsing import seen_by, signed_in, token_in
from tests.serving.programs.notes import create_app
from tests.serving.stops import Stop, stop_in_handlers


@pytest.fixture
def here(place: dict[str, Any]) -> Quart:
    """One machine."""
    return create_app(place)


@pytest.fixture
def stop() -> Stop:
    """Where a request there waits."""
    return Stop("before the handler")


@pytest.fixture
def there(place: dict[str, Any]) -> Quart:
    """Another machine."""
    return create_app(place)


@pytest.fixture
def slow(place: dict[str, Any], stop: Stop) -> Quart:
    """A machine whose first request waits between reading its session and its handler."""
    app = create_app(place)
    stop_in_handlers(app, stop)
    return app


@pytest.fixture(autouse=True)
async def _closed(here: Quart, there: Quart, slow: Quart) -> AsyncIterator[None]:
    yield
    for app in (here, there, slow):
        await app.session_interface.close()  # type: ignore[attr-defined]


def same_browser(browser: Client, app: Quart) -> Client:
    """The same cookie, on its way to another machine."""
    on_the_way = Client(app)
    on_the_way.set_cookie(f"session={token_in(browser)}; Path=/")
    return on_the_way


@asynccontextmanager
async def under_way(answering: Awaitable[Response], stop: Stop) -> AsyncIterator[None]:
    """While the request waits at its stop; at the end it has been answered."""
    request = asyncio.ensure_future(answering)
    await stop.reached()
    yield
    stop.go_on()
    await request


async def test_a_sign_out_here_is_final_there(here: Quart, there: Quart) -> None:
    browser = await signed_in(here)
    elsewhere = same_browser(browser, there)
    seen_before = await seen_by(elsewhere)

    await browser.post("/logout")

    assert seen_before["name"] == "ada"
    assert (await seen_by(elsewhere))["name"] is None
    assert token_in(elsewhere) is None


async def test_changes_of_both_are_kept_and_seen_at_once(here: Quart, there: Quart) -> None:
    browser = await signed_in(here)
    elsewhere = same_browser(browser, there)

    for count in range(10):
        await (browser, elsewhere)[count % 2].post("/notes", form={"note": str(count)})

    assert (await seen_by(browser))["notes"] == list("0123456789")
    assert (await seen_by(elsewhere))["notes"] == list("0123456789")


async def test_a_slow_request_does_not_bring_back_what_was_signed_out_meanwhile(
    here: Quart, slow: Quart, stop: Stop
) -> None:
    browser = await signed_in(here)
    elsewhere = same_browser(browser, slow)
    key = key_of(token_in(browser) or "")
    async with under_way(elsewhere.post("/notes", form={"note": "too late"}), stop):
        await browser.post("/logout")

    assert await here.session_interface.store.load(key) is None  # type: ignore[attr-defined]
    assert await here.session_interface.owned_by("ada") == []  # type: ignore[attr-defined]
    # That answer might have been overtaken by a sign-in; the next one tells the browser.
    await seen_by(elsewhere)
    assert token_in(elsewhere) is None


async def test_a_slow_request_does_not_write_into_the_session_of_the_next_one_to_sign_in(
    here: Quart, slow: Quart, stop: Stop
) -> None:
    browser = await signed_in(here)
    elsewhere = same_browser(browser, slow)
    async with under_way(elsewhere.post("/notes", form={"note": "of ada"}), stop):
        await browser.post("/login", form={"name": "grace"})

    seen = await seen_by(browser)
    assert (seen["name"], seen["notes"]) == ("grace", [])
    assert await here.session_interface.owned_by("ada") == []  # type: ignore[attr-defined]


async def test_of_two_sign_outs_at_once_both_are_answered_and_the_session_is_gone(
    here: Quart, slow: Quart, stop: Stop
) -> None:
    browser = await signed_in(here)
    elsewhere = same_browser(browser, slow)
    leaving = asyncio.create_task(elsewhere.post("/logout"))
    await stop.reached()

    first = await browser.post("/logout")
    stop.go_on()
    second = await leaving

    assert (first.status, second.status) == (303, 303)
    # The second one lost: its browser may have signed in again by then, with a newer cookie.
    await seen_by(elsewhere)
    assert token_in(browser) is token_in(elsewhere) is None
    assert await here.session_interface.owned_by("ada") == []  # type: ignore[attr-defined]


async def test_of_two_sign_ins_at_once_in_one_browser_the_old_token_survives_neither(
    here: Quart, slow: Quart, stop: Stop
) -> None:
    browser = Client(here)
    await browser.post("/notes", form={"note": "mine"})
    elsewhere = same_browser(browser, slow)
    key = key_of(token_in(browser) or "")
    async with under_way(elsewhere.post("/login", form={"name": "grace"}), stop):
        await browser.post("/login", form={"name": "ada"})

    first, second = await seen_by(browser), await seen_by(elsewhere)
    assert await here.session_interface.store.load(key) is None  # type: ignore[attr-defined]
    assert (first["name"], first["notes"]) == ("ada", ["mine"])
    assert (second["name"], second["notes"]) == ("grace", [])


async def test_signing_somebody_out_everywhere_ends_the_sessions_of_all_machines(
    here: Quart, there: Quart
) -> None:
    browsers = [await signed_in(app) for app in (here, there, there)]
    bystander = await signed_in(there, "grace")

    ended = await here.session_interface.delete_owned_by("ada")  # type: ignore[attr-defined]

    assert len(ended) == 3
    assert [(await seen_by(browser))["name"] for browser in browsers] == [None] * 3
    assert (await seen_by(bystander))["name"] == "grace"


async def test_signing_out_everywhere_else_spares_this_session(here: Quart, there: Quart) -> None:
    this, other = await signed_in(here), await signed_in(there)
    key = key_of(token_in(this) or "")

    await there.session_interface.delete_owned_by(  # type: ignore[attr-defined]
        "ada", except_key=key
    )

    assert (await seen_by(this))["name"] == "ada"
    assert (await seen_by(other))["name"] is None


async def test_a_slow_request_does_not_outlive_the_sign_out_everywhere(
    here: Quart, slow: Quart, stop: Stop
) -> None:
    browser = await signed_in(here)
    elsewhere = same_browser(browser, slow)
    async with under_way(elsewhere.post("/notes", form={"note": "too late"}), stop):
        await here.session_interface.delete_owned_by("ada")  # type: ignore[attr-defined]

    assert (await seen_by(browser))["name"] is None
    assert await here.session_interface.owned_by("ada") == []  # type: ignore[attr-defined]
