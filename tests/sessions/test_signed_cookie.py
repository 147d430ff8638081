"""`SESSION_TYPE = "cookie"` is Quart's own session, with the caching that it forgot."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Quart, session
from quart.sessions import SecureCookieSessionInterface
from quart.testing.app import LifespanError

from quart_app.sessions import Session
from tests.sessions.browser import cookies_in


def make_cookie_app(**config: Any) -> Quart:
    app = Quart(__name__)
    app.config.update(config, SESSION_TYPE="cookie")
    app.secret_key = "a key of this test"  # noqa: S105 - of a test
    Session(app)

    @app.route("/set")
    async def set_() -> str:
        session["name"] = "ada"
        return ""

    @app.route("/get")
    async def get() -> str:
        return str(session.get("name"))

    @app.route("/out")
    async def out() -> str:
        session.clear()
        return ""

    return app


async def test_it_is_quarts_own_signed_cookie() -> None:
    app = make_cookie_app()
    client = app.test_client()

    await client.get("/set")
    response = await client.get("/get")

    assert isinstance(app.session_interface, SecureCookieSessionInterface)
    assert await response.get_data(as_text=True) == "ada"


async def test_signing_out_clears_the_cookie() -> None:
    client = make_cookie_app().test_client()
    await client.get("/set")

    [cookie] = cookies_in(await client.get("/out"))

    assert cookie.clears


async def test_another_key_does_not_open_it() -> None:
    client = make_cookie_app().test_client()
    await client.get("/set")
    other = make_cookie_app()
    other.secret_key = "another"  # noqa: S105 - of a test
    stranger = other.test_client()
    stranger.cookie_jar = client.cookie_jar

    response = await stranger.get("/get")

    assert await response.get_data(as_text=True) == "None"


async def test_a_page_varies_with_the_cookie_and_is_kept_by_nobody() -> None:
    client = make_cookie_app().test_client()

    responses = [await client.get(path) for path in ("/set", "/get", "/out")]

    assert all("Cookie" in response.vary for response in responses)
    assert [response.headers["Cache-Control"] for response in responses] == ["no-store"] * 3


async def test_it_needs_a_secret_key_at_the_start() -> None:
    app = Quart(__name__)
    app.config["SESSION_TYPE"] = "cookie"
    Session(app)

    with pytest.raises(LifespanError, match="set SECRET_KEY"):
        async with app.test_app():
            pass
