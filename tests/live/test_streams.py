"""An open page: its head, its first event, its end, and what it costs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from quart import Quart, Response

from quart_app.live import Live
from quart_app.live.events import mark
from quart_app.sessions.held.tokens import key_of
from quart_app.testing import BrokenStore, Client, FakeClock
from tests.live.pages import PARK, Browser, NewBrowser, Page, serving
from tests.web.configured import configured


async def test_a_page_is_told_whose_stream_it_has(ada: Browser) -> None:
    page = await ada.page()

    assert page.status == 200
    assert page.headers["content-type"].startswith("text/event-stream")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-accel-buffering"] == "no"
    assert "content-length" not in page.headers
    assert f"event: session\ndata: {mark(key_of(ada.token))}\n\n" in page.received.decode()


async def test_of_a_parked_page_no_task_remains(ada: Browser, parks: bool) -> None:
    before = len(asyncio.all_tasks())

    pages = [await ada.page() for _ in range(3)]

    if parks:
        # One heart beats for all.
        assert len(asyncio.all_tasks()) == before + 1
    assert not any(page.is_over for page in pages)


async def test_who_is_not_signed_in_is_told_not_to_ask_again(new_browser: NewBrowser) -> None:
    page = await new_browser().page()

    assert page.status == 204
    assert page.received == b""


async def test_a_page_with_an_old_cookie_does_not_take_away_the_new_one(
    app: Quart, ada: Browser, parks: bool
) -> None:
    old = Browser(app, parks=parks)
    old.client.set_cookie(f"session={ada.token}; Path=/")
    await ada.client.post("/logout")

    # As of browsers that do not say what a request is for.
    page = await old.page()

    assert page.status == 204
    assert "set-cookie" not in page.headers


async def test_while_the_store_is_in_trouble_pages_are_told_when_to_come_back(
    ada: Browser, store: BrokenStore
) -> None:
    store.broken = True

    page = await ada.page()

    assert page.status == 503
    assert page.headers["retry-after"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_no_other_site_learns_that_somebody_is_here(ada: Browser, site: str) -> None:
    page = await ada.page(sec_fetch_site=site)

    assert page.status == 403


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost:8000", "http://[", "null", ""]
)
async def test_no_other_origin_does_in_an_old_browser(ada: Browser, origin: str) -> None:
    foreign = await ada.page(origin=origin)
    own = await ada.page(origin="http://localhost")

    assert (foreign.status, own.status) == (403, 200)


async def test_signing_out_ends_every_page_of_the_session_and_no_other(
    ada: Browser, new_browser: NewBrowser
) -> None:
    pages = [await ada.page() for _ in range(3)]
    elsewhere = await (await new_browser().sign_in("ada")).page()

    await ada.client.post("/logout")

    for page in pages:
        await page.ends()
        assert page.events == ["event: signed-out\ndata: ended"]
    assert elsewhere.events == []
    assert not elsewhere.is_over


async def test_pages_of_a_session_with_a_new_token_are_told_that_it_moved(ada: Browser) -> None:
    page = await ada.page()

    await ada.client.post("/login", form={"name": "grace"})

    await page.ends()
    assert page.events == ["event: signed-out\ndata: moved"]


async def test_pages_of_a_session_that_goes_on_under_a_new_token_come_back_under_the_same_mark(
    ada: Browser,
) -> None:
    mark_then = mark(key_of(ada.token))
    page = await ada.page()

    for _ in range(2):
        await ada.client.post("/renew")

    await page.ends()
    assert page.events[-1].startswith("retry: ")
    assert "signed-out" not in page.received.decode()
    again = await ada.page()
    assert f"event: session\ndata: {mark_then}\n\n" in again.received.decode()


async def test_a_page_that_comes_with_the_old_cookie_is_told_to_come_back(
    app: Quart, ada: Browser
) -> None:
    old_token = ada.token
    await ada.client.post("/renew")

    page = await Page(app, cookie=old_token, parks=False, headers={}).open()

    assert page.status == 200
    await page.ends()
    assert page.received.startswith(b"retry: ")
    assert page.events == []
    head = await Client(app).head("/events", headers={"Cookie": f"session={old_token}"})
    assert head.status == 202  # not 204, which would have the page empty itself


async def test_they_are_told_only_when_the_new_token_has_had_time_to_arrive(ada: Browser) -> None:
    page = await ada.page()

    await ada.client.post("/login", form={"name": "grace"})
    over_at_once = page.is_over
    again = await ada.page()

    assert not over_at_once
    assert again.status == 200


async def test_signing_an_owner_out_everywhere_else_spares_the_page_that_asks(
    app: Quart, ada: Browser, new_browser: NewBrowser
) -> None:
    here = await ada.page()
    there = await (await new_browser().sign_in("ada")).page()
    interface = app.session_interface

    await interface.delete_owned_by("ada", except_key=key_of(ada.token))  # type: ignore[attr-defined]

    await there.ends()
    assert there.events == ["event: signed-out\ndata: ended"]
    assert not here.is_over


async def test_an_open_page_does_not_keep_its_session_alive(
    ada: Browser, store: BrokenStore, clock: FakeClock
) -> None:
    before = await store.load(key_of(ada.token))
    clock.advance(hours=7)

    page = await ada.page()

    assert page.status == 200
    assert await store.load(key_of(ada.token)) == before


async def test_a_page_that_left_is_forgotten(ada: Browser, live: Live) -> None:
    page = await ada.page()

    await page.leave()

    assert await live.publish("ada", "hello") == 0


async def test_a_request_that_fails_after_all_leaves_no_stream(
    app: Quart, live: Live, new_browser: NewBrowser
) -> None:
    @app.after_request
    async def fail(response: Response) -> Response:
        if response.mimetype == "text/event-stream":
            raise RuntimeError("as told")
        return response

    browser = await new_browser().sign_in("ada")

    page = await browser.page()

    assert page.status == 500
    assert await live.publish("ada", "hello") == 0


@pytest.mark.parametrize("parks", [True])
async def test_a_page_that_leaves_while_the_server_takes_it_over_leaves_no_stream(
    ada: Browser, live: Live, app: Quart, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def leave(page: Page, message: dict[str, Any]) -> None:
        if message["type"] == PARK:
            assert await live.publish("ada", "hello") == 1
            page._left.set()
            raise asyncio.CancelledError

    monkeypatch.setattr(Page, "_send", leave)
    page = Page(app, cookie=ada.token, parks=True, headers={})

    await page.open()

    assert page.task is not None
    assert page.task.done()
    assert await live.publish("ada", "hello") == 0


@configured(STREAMS_PER_SESSION=2, STREAMS_PER_OWNER=3)
async def test_one_session_and_one_owner_have_only_so_many(
    ada: Browser, new_browser: NewBrowser
) -> None:
    other = await new_browser().sign_in("ada")
    opened = [await ada.page(), await ada.page(), await other.page()]

    too_many = [await ada.page(), await other.page()]
    await opened[0].leave()
    again = await other.page()

    assert [page.status for page in opened] == [200] * 3
    assert [page.status for page in too_many] == [429] * 2
    assert all(page.headers["retry-after"] for page in too_many)
    assert again.status == 200


async def test_a_listener_that_fails_fails_no_request(app: Quart, parks: bool) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("as told")

    app.session_interface.endings.subscribe(fail)  # type: ignore[attr-defined]
    Live(app)  # which subscribes after it
    async with serving(app):
        ada = await Browser(app, parks=parks).sign_in()
        page = await ada.page()

        answer = await ada.client.post("/logout")

        assert answer.status == 303
        await page.ends()


async def test_pages_of_a_server_that_stops_come_back_at_different_times(
    app: Quart, parks: bool
) -> None:
    Live(app)
    async with serving(app):
        ada = await Browser(app, parks=parks).sign_in()
        pages = [await ada.page() for _ in range(8)]

    for page in pages:
        await page.ends()
    assert all(page.events[-1].startswith("retry: ") for page in pages)
    assert len({page.events[-1] for page in pages}) > 1


async def test_news_reach_all_pages_of_an_owner(
    ada: Browser, new_browser: NewBrowser, live: Live
) -> None:
    mine = [await ada.page(), await (await new_browser().sign_in("ada")).page()]
    stranger = await (await new_browser().sign_in("grace")).page()

    told = await live.publish("ada", "one\ntwo", event="news", id="7")

    assert told == 2
    for page in mine:
        await page.gets("event: news\nid: 7\ndata: one\ndata: two\n\n")
    assert stranger.events == []


async def test_news_reach_all_pages_of_a_session(
    ada: Browser, new_browser: NewBrowser, live: Live
) -> None:
    mine = await ada.page()
    elsewhere = await (await new_browser().sign_in("ada")).page()

    await live.publish_to_session(key_of(ada.token), "only here")

    await mine.gets("data: only here\n\n")
    assert elsewhere.events == []


@pytest.mark.parametrize("key", ["", "ada", "../" * 20, "G" * 64])
async def test_news_for_what_is_no_session_are_refused(
    live: Live, new_browser: NewBrowser, key: str
) -> None:
    with pytest.raises(ValueError, match="no key"):
        await live.publish_to_session(key, "hello")


async def test_news_for_who_cannot_be_named_are_refused(
    live: Live, new_browser: NewBrowser
) -> None:
    with pytest.raises(ValueError, match="whose pages"):
        await live.publish({"colour": "blue"}, "hello")


@pytest.mark.parametrize("parks", [False])  # else it is the server's part
async def test_a_page_that_does_not_read_is_given_up(ada: Browser, live: Live) -> None:
    page = await ada.page()
    page.reads.clear()

    async with asyncio.timeout(5):
        while await live.publish("ada", "x" * 60_000):  # noqa: ASYNC110 - the page has its turn
            await asyncio.sleep(0)
