"""A session in a websocket: stored when it is saved, and at the close no more than patched."""

from __future__ import annotations

from quart import Quart, abort, session

from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import FakeClock
from tests.serving.browsing import Desk, record_of, refusal_of, seen_by, signed_in, token_in


async def test_a_websocket_sees_the_session_that_its_browser_has(app: Quart) -> None:
    browser = await signed_in(app)

    async with Desk.of(browser) as desk:
        shown = await desk.order("show")

    assert shown == {"name": "ada"}


async def test_what_a_websocket_saves_is_there_for_the_next_request(app: Quart) -> None:
    browser = await signed_in(app)

    async with Desk.of(browser) as desk:
        await desk.order("set", "notes", ["from the socket"])
        before = await seen_by(browser)
        await desk.order("save")
        after = await seen_by(browser)

    assert before["notes"] == []
    assert after["notes"] == ["from the socket"]


async def test_a_websocket_may_save_as_often_as_it_likes(app: Quart) -> None:
    browser = await signed_in(app)

    async with Desk.of(browser) as desk:
        for count in range(3):
            await desk.order("set", "notes", [count])
            await desk.order("save")
            assert (await seen_by(browser))["notes"] == [count]


async def test_unsaved_changes_are_written_when_the_handler_ends_beside_those_of_others(
    app: Quart, memory: MemoryStore
) -> None:
    browser = await signed_in(app)
    async with Desk.of(browser) as desk:
        await desk.order("set", "colour", "blue")
        await browser.post("/notes", form={"note": "meanwhile"})

        await desk.end_by("leave")

    assert (await seen_by(browser))["notes"] == ["meanwhile"]
    assert len((await record_of(browser, memory)).fields) == 4


async def test_of_a_socket_that_the_browser_cuts_what_was_saved_stays_and_only_that(
    app: Quart,
) -> None:
    browser = await signed_in(app)

    async with Desk.of(browser) as desk:
        await desk.order("set", "notes", ["saved"])
        await desk.order("save")
        await desk.order("set", "notes", ["not saved"])

    assert (await seen_by(browser))["notes"] == ["saved"]


async def test_an_unchanged_websocket_writes_nothing_at_its_close_even_hours_later(
    app: Quart, memory: MemoryStore, clock: FakeClock
) -> None:
    browser = await signed_in(app)
    before = await record_of(browser, memory)
    async with Desk.of(browser) as desk:
        await desk.order("show")
        clock.advance(hours=7)

        await desk.end_by("leave")

    assert await record_of(browser, memory) == before


async def test_a_handler_that_fails_leaves_the_session_as_it_was(
    app: Quart, memory: MemoryStore
) -> None:
    browser = await signed_in(app)
    before = await record_of(browser, memory)
    async with Desk.of(browser) as desk:
        await desk.order("set", "notes", ["half done"])

        await desk.end_by("fail")

    assert await record_of(browser, memory) == before


async def test_a_refused_handshake_may_read_the_session_and_writes_nothing(
    app: Quart, memory: MemoryStore
) -> None:
    @app.before_websocket
    async def only_grace() -> None:
        if session.get("name") != "grace":
            session["refused"] = True
            abort(403)

    ada, grace = await signed_in(app, "ada"), await signed_in(app, "grace")

    refusal = await refusal_of(ada, "/desk")
    async with Desk.of(grace) as desk:
        admitted = await desk.order("show")

    assert refusal.status == 403
    assert admitted == {"name": "grace"}


async def test_an_unknown_address_is_refused_without_a_session(
    app: Quart, memory: MemoryStore
) -> None:
    browser = await signed_in(app)
    before = await record_of(browser, memory)

    refusal = await refusal_of(browser, "/nowhere")

    assert refusal.status == 404
    assert await record_of(browser, memory) == before
    assert token_in(browser)
