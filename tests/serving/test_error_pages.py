"""What visitors see while the store of the sessions cannot be asked, or cannot be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from quart import Quart, render_template_string, session
from quart.typing import ResponseReturnValue

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import Client
from tests.serving.browsing import refusal_of, seen_by, signed_in, token_in
from tests.serving.programs.notes import create_app
from tests.serving.stops import Stop, StoppableStore

PAGE = "Try again. {% if session['name'] %}You are {{ session['name'] }}.{% endif %}"


async def template_page(_: Exception) -> ResponseReturnValue:
    return await render_template_string(PAGE), 503


async def page_with_more_to_say(_: Exception) -> ResponseReturnValue:
    return await render_template_string(PAGE), 503, {"Retry-After": "7"}


def page_in_a_thread(_: Exception) -> ResponseReturnValue:
    name = session.get("name")
    return f"Try again. {name or ''}", 503


async def page_after_an_error_of_its_own(_: Exception) -> ResponseReturnValue:
    try:
        raise KeyError("something else")
    except KeyError:
        return f"Try again. {session.get('name') or ''}", 503


PAGES: list[Callable[[Exception], Any]] = [
    template_page,
    page_with_more_to_say,
    page_in_a_thread,
    page_after_an_error_of_its_own,
]


@pytest.fixture
def flaky(memory: MemoryStore) -> StoppableStore:
    """A store that a test can break."""
    return StoppableStore(memory, Stop("nowhere"))


@pytest.fixture(params=[False, True], ids=["served", "under test"])
def notes(request: pytest.FixtureRequest, flaky: StoppableStore) -> Quart:
    """The notes, as they are served and as their own tests see them."""
    return create_app({"TESTING": request.param}, store=flaky)


def breaks_before_handlers(app: Quart, flaky: StoppableStore) -> None:
    """The session has been read by then, and cannot be written afterwards."""

    @app.before_request
    async def break_the_store() -> None:
        flaky.is_broken = app.config.get("BREAKS", False)


@pytest.mark.parametrize("page", PAGES)
async def test_the_applications_own_page_is_shown_and_may_look_at_the_session(
    page: Callable[[Exception], Any], notes: Quart, flaky: StoppableStore
) -> None:
    notes.register_error_handler(503, page)
    browser = await signed_in(notes)
    flaky.is_broken = True

    answer = await browser.get("/")

    assert answer.status == 503
    assert answer.text().strip() == "Try again."
    assert int(answer.headers["Retry-After"]) > 0
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("path", ["/login", "/logout"])
async def test_the_applications_own_page_does_not_show_a_change_that_could_not_be_written(
    path: str, page: Callable[[Exception], Any], notes: Quart, flaky: StoppableStore
) -> None:
    notes.register_error_handler(503, page)
    breaks_before_handlers(notes, flaky)
    browser = await signed_in(notes)
    notes.config["BREAKS"] = True

    answer = await browser.post(path, form={"name": "grace"})

    assert answer.status == 503
    assert answer.text().strip() == "Try again."
    assert int(answer.headers["Retry-After"]) > 0
    assert not {"Set-Cookie", "Location"} & set(answer.headers.keys())
    flaky.is_broken = notes.config["BREAKS"] = False
    assert (await seen_by(browser))["name"] == "ada"


async def test_a_page_for_the_outage_that_fails_itself_is_an_error_without_consequences(
    notes: Quart, flaky: StoppableStore
) -> None:
    async def broken_page(_: Exception) -> ResponseReturnValue:
        flaky.is_broken = notes.config["BREAKS"] = False  # a second attempt would succeed
        raise RuntimeError("as told")

    notes.register_error_handler(503, broken_page)
    breaks_before_handlers(notes, flaky)
    browser = await signed_in(notes)
    notes.config["BREAKS"] = True

    answer = await browser.post("/logout")

    assert answer.status == 500
    assert not {"Set-Cookie", "Location"} & set(answer.headers.keys())
    assert (await seen_by(browser))["name"] == "ada"


async def test_a_value_that_cannot_be_stored_is_an_error_that_signs_nobody_in(
    app: Quart, memory: MemoryStore
) -> None:
    @app.post("/enter")
    async def enter_with_a_bag() -> str:
        session["name"] = "ada"
        session["bag"] = []
        session["bag"].append(object())
        return "welcome"

    answer = await Client(app).post("/enter")

    assert answer.status == 500
    assert "Set-Cookie" not in answer.headers
    assert (answer.headers["Vary"], answer.headers["Cache-Control"]) == ("Cookie", "no-store")
    assert await memory.owned_by("ada") == []


@pytest.mark.parametrize("in_a_thread", [False, True])
async def test_what_every_template_is_given_may_come_from_the_session(
    in_a_thread: bool, notes: Quart, flaky: StoppableStore
) -> None:
    def somebody() -> dict[str, Any]:
        return {"user": session.get("name")}

    async def somebody_awaited() -> dict[str, Any]:
        return somebody()

    async def page(_: Exception) -> ResponseReturnValue:
        return await render_template_string("Try again. {{ user or '' }}"), 503

    notes.context_processor(somebody if in_a_thread else somebody_awaited)
    notes.register_error_handler(503, page)
    browser = await signed_in(notes)
    flaky.is_broken = True

    answer = await browser.get("/")

    assert answer.status == 503
    assert answer.text().strip() == "Try again."


async def test_a_hook_after_the_request_may_look_at_the_session_of_a_page_that_failed(
    notes: Quart, flaky: StoppableStore
) -> None:
    @notes.after_request
    async def tell(response: Any) -> Any:
        response.headers["X-User"] = session.get("name") or ""
        return response

    browser = await signed_in(notes)
    flaky.is_broken = True

    answer = await browser.get("/")

    assert answer.status == 503
    assert answer.headers["X-User"] == ""


async def test_a_handler_that_swallows_the_error_is_told_again_and_nobody_passes_for_a_visitor(
    notes: Quart, flaky: StoppableStore
) -> None:
    @notes.before_request
    async def look() -> None:
        for _ in range(2 * flaky.is_broken):
            with pytest.raises(StoreUnavailable):
                session.get("name")

    browser = await signed_in(notes)
    flaky.is_broken = True

    answer = await browser.get("/")

    assert answer.status == 503


async def test_a_hook_that_only_makes_sessions_permanent_does_not_break_public_pages(
    notes: Quart, flaky: StoppableStore
) -> None:
    @notes.before_request
    async def permanent() -> None:
        session.permanent = True

    browser = await signed_in(notes)
    flaky.is_broken = True

    with_cookie = await browser.get("/public")
    without = await Client(notes).get("/public")

    assert (with_cookie.status, without.status) == (200, 200)
    assert "Set-Cookie" not in with_cookie.headers
    assert "Set-Cookie" not in without.headers


async def test_an_address_that_does_not_exist_is_still_a_404(
    notes: Quart, flaky: StoppableStore
) -> None:
    browser = await signed_in(notes)
    flaky.is_broken = True

    answer = await browser.get("/nowhere")

    assert answer.status == 404
    assert token_in(browser)


async def test_a_handler_that_saves_and_then_fails_does_not_cost_the_browser_its_session(
    flaky: StoppableStore,
) -> None:
    notes = create_app({}, store=flaky)

    @notes.post("/enter")
    async def enter_and_fail() -> ResponseReturnValue:
        session["name"] = "ada"
        await session.save()  # type: ignore[attr-defined]
        raise RuntimeError("as told")

    browser = Client(notes)
    await browser.post("/notes", form={"note": "mine"})

    answer = await browser.post("/enter")

    assert answer.status == 500
    assert (await seen_by(browser))["notes"] == ["mine"]


async def test_a_websocket_that_needs_its_session_is_refused_with_503(
    notes: Quart, flaky: StoppableStore
) -> None:
    @notes.before_websocket
    async def somebody() -> None:
        assert session["name"]

    browser = await signed_in(notes)
    flaky.is_broken = True

    answer = await refusal_of(browser, "/desk")

    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
