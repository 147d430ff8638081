"""The login's own pages have streams where sessions can be ended, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from quart import Quart

from quart_app import create_app
from quart_app.errors import ConfigurationError
from quart_app.live import Live
from quart_app.live.events import mark
from quart_app.sessions import Session
from quart_app.sessions.held.tokens import key_of
from tests.live.pages import Browser, Page, serving
from tests.web.asking import browser
from tests.web.configured import configured


@pytest.fixture
def app(config: dict[str, Any], tmp_path: Path) -> Quart:
    """The pages."""
    return create_app({"DATA_DIR": tmp_path, "SESSION_TYPE": "memory", **config})


async def home_of_ada(app: Quart) -> tuple[httpx.Response, int, str]:
    """The page, how `/events` is answered, and the cookie."""
    async with browser(app) as ada:
        await ada.post("/login", data={"name": "Ada"})
        page = await ada.get("/")
        events = await ada.head("/events")
        return page, events.status_code, ada.cookies["session"]


async def test_a_private_page_says_where_its_stream_is_and_whose_it_is(app: Quart) -> None:
    page, status, token = await home_of_ada(app)

    assert 'data-events="/events"' in page.text
    assert f'data-session="{mark(key_of(token))}"' in page.text
    assert key_of(token) not in page.text
    assert status == 200


@pytest.mark.parametrize("config", [{"SESSION_TYPE": "cookie"}, {"LIVE": False}], ids=str)
async def test_without_streams_there_is_neither_script_nor_address(app: Quart) -> None:
    page, status, _ = await home_of_ada(app)

    assert "Ada" in page.text
    assert "live.js" not in page.text
    assert status == 404


@configured(HOME_PUBLIC=True)
async def test_a_page_for_visitors_has_no_script(app: Quart) -> None:
    async with browser(app) as visitor:
        pages = [await visitor.get(path) for path in ("/", "/login")]

    assert all("live.js" not in page.text for page in pages)


async def test_a_stream_has_all_the_headers_of_a_page(app: Quart, parks: bool) -> None:
    async with serving(app):
        ada = Browser(app, parks=parks)
        await ada.client.post("/login", form={"name": "ada"})
        page = await ada.page()
        home = await ada.client.get("/")
        await ada.close()

    for name in ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options"):
        assert page.headers[name.lower()] == home.headers[name]
    assert page.headers["cache-control"] == "no-store"


@configured(STREAMS_PER_SESSION=1)
async def test_one_too_many_is_told_when_to_come_back(app: Quart, parks: bool) -> None:
    async with serving(app):
        ada = Browser(app, parks=parks)
        await ada.client.post("/login", form={"name": "ada"})
        await ada.page()
        refused = await ada.page()
        await ada.close()

    assert refused.status == 429
    assert refused.headers["retry-after"]


@configured(STREAM_PATH="/-/news")
async def test_the_address_can_be_another(app: Quart) -> None:
    page, status, _ = await home_of_ada(app)

    assert 'data-events="/-/news"' in page.text
    assert status == 404


async def test_streams_of_sessions_in_cookies_end_the_start() -> None:
    app = Quart("signed cookies")
    app.config.update(SESSION_TYPE="cookie", SECRET_KEY="k" * 32)
    Session(app)
    Live(app)

    with pytest.raises(ConfigurationError, match="Session"):
        await app.startup()


async def test_streams_may_be_set_up_before_sessions_are() -> None:
    app = Quart("in any order")
    app.config["SESSION_TYPE"] = "memory"
    live = Live(app)
    Session(app)

    async with serving(app):
        assert await live.publish("ada", "nobody is there") == 0


@pytest.mark.parametrize("parks", [True, False])
@pytest.mark.parametrize("path", ["/app/events", "/events"])
async def test_below_a_prefix_a_page_has_its_stream_too(app: Quart, parks: bool, path: str) -> None:
    async with serving(app):
        ada = await Browser(app, parks=parks).sign_in()
        page = Page(app, cookie=ada.token, parks=parks, headers={})
        page.scope |= {"root_path": "/app", "path": path}

        await page.open()
        await ada.client.post("/logout")

        await page.ends()
        assert (page.stream is not None) is parks
        assert page.events == ["event: signed-out\ndata: ended"]
        await page.leave()
