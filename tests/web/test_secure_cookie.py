"""A cookie for https only does not come back over plain http, and a page says so."""

from __future__ import annotations

import httpx
import pytest
from quart import Quart

from tests.web.asking import browser, cookie_set_by
from tests.web.configured import configured

NOTICE = {
    "en": "this site only works over https",
    "fr": "ce site ne fonctionne qu’en https",
}
secure = configured(SESSION_COOKIE_SECURE=True)


@secure
@pytest.mark.parametrize("language", NOTICE)
async def test_over_plain_http_the_form_says_why_it_is_back(
    visitor: httpx.AsyncClient, language: str
) -> None:
    visitor.headers["Accept-Language"] = language

    before = await visitor.get("/login")
    back = await visitor.post("/login", data={"name": "Ada"}, follow_redirects=True)
    later = await visitor.get("/login")

    said = back.text.replace("&#39;", "'")
    assert (back.status_code, back.url.path) == (200, "/login")
    assert 'role="alert"' in back.text
    assert NOTICE[language] in said
    assert NOTICE[language] not in before.text.replace("&#39;", "'")
    assert NOTICE[language] not in later.text.replace("&#39;", "'"), "it is said once"


@configured(SESSION_COOKIE_SECURE=True, LOGIN_REDIRECT="/user")
async def test_it_is_said_on_the_way_to_any_page(visitor: httpx.AsyncClient) -> None:
    back = await visitor.post("/login", data={"name": "Ada"}, follow_redirects=True)

    assert NOTICE["en"] in back.text


@secure
async def test_over_https_it_is_not_said(app: Quart) -> None:
    async with browser(app, base_url="https://localhost") as visitor:
        signed_in = await visitor.post("/login", data={"name": "Ada"})
        home = await visitor.get("/")
        await visitor.post("/logout")
        form = await visitor.get("/login")

    assert "Secure" in cookie_set_by(signed_in)
    assert len(signed_in.headers.get_list("set-cookie")) == 1
    assert home.status_code == 200
    assert NOTICE["en"] not in form.text


@secure
async def test_who_comes_back_over_https_is_not_told(app: Quart) -> None:
    async with browser(app) as visitor:
        await visitor.post("/login", data={"name": "Ada"})
        form = await visitor.get("https://localhost/login")

    assert NOTICE["en"] not in form.text


@secure
async def test_a_cookie_that_did_come_back_is_not_missed_after_logging_out(app: Quart) -> None:
    # As browsers do on localhost, and as a proxy does that speaks https for us.
    async with browser(app) as visitor:
        signed_in = await visitor.post("/login", data={"name": "Ada"})
        kept = cookie_set_by(signed_in).partition(";")[0].partition("=")[2]
        visitor.cookies.clear()
        visitor.cookies.set("session", kept, domain="localhost.local")
        visitor.cookies.set("just_signed_in", "1", domain="localhost.local")
        home = await visitor.get("/")
        logged_out = await visitor.post("/logout")
        form = await visitor.get("/login")

    assert home.status_code == 200
    assert cookie_set_by(logged_out, "just_signed_in")
    assert NOTICE["en"] not in form.text


async def test_a_cookie_for_http_too_needs_no_such_page(visitor: httpx.AsyncClient) -> None:
    signed_in = await visitor.post("/login", data={"name": "Ada"})

    assert cookie_set_by(signed_in, "just_signed_in") == ""
    assert "Secure" not in cookie_set_by(signed_in)


@configured(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_NAME="__Host-session")
async def test_a_cookie_of_one_host_only_is_set_as_browsers_ask(app: Quart) -> None:
    async with browser(app, base_url="https://localhost") as visitor:
        signed_in = await visitor.post("/login", data={"name": "Ada"})

    attributes = cookie_set_by(signed_in, "__Host-session").split("; ")[1:]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} == set(attributes)
