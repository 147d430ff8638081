"""What an application may choose about the cookie and the caches, and what is not left to it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from quart import Quart, Response, session

from quart_app.errors import ConfigurationError
from quart_app.sessions import ServerSideSession
from quart_app.testing import Client
from tests.sessions.browser import Browser, CountingStore, cookies_in, ignore, look, make_app, put

DOUBLED = {"Host": "app.example.org", "Cookie": "session=one; session=two"}


def client_of(app: Quart, url: str) -> Client:
    app.add_url_rule("/put", view_func=_put)
    app.add_url_rule("/clear", view_func=_clear)
    app.add_url_rule("/show", view_func=_show)
    return Client(app, base_url=url)


async def _put() -> str:
    session["x"] = 1
    return ""


async def _show() -> dict[str, Any]:
    return dict(session)


async def _clear() -> str:
    session.clear()
    return ""


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", False)])
async def test_secure_can_be_as_the_request_came(
    store: CountingStore, scheme: str, secure: bool
) -> None:
    client = client_of(make_app(store, SESSION_COOKIE_SECURE="auto"), f"{scheme}://example.test")

    await client.get("/put")
    cookie = client.cookies.get("session")
    cleared = await client.get("/clear")

    assert cookie is not None
    assert cookie.secure is secure
    assert ("Secure" in cleared.headers["Set-Cookie"]) is secure
    assert "session" not in client.cookies


async def test_secure_set_for_good_holds_over_http_too_and_warns_once(
    store: CountingStore, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(make_app(store, SESSION_COOKIE_SECURE=True))

    answers = [await browser.copy().visit(put(x=1)) for _ in range(3)]

    assert all("Secure" in cookie.attributes for a in answers for cookie in cookies_in(a))
    warnings = [text for text in caplog.messages if "'auto'" in text]
    assert len(warnings) == 1


@pytest.mark.parametrize("name", ["__Host-session", "__Secure-session"])
async def test_a_name_that_needs_secure_needs_it_for_good(store: CountingStore, name: str) -> None:
    with pytest.raises(ConfigurationError, match="SESSION_COOKIE_SECURE: set it to True"):
        make_app(store, SESSION_COOKIE_NAME=name, SESSION_COOKIE_SECURE="auto")


@pytest.mark.parametrize(
    ("name", "right"),
    [("__host-session", "__Host-"), ("__HOST-x", "__Host-"), ("__SECURE-x", "__Secure-")],
)
async def test_a_prefix_in_another_case_is_refused(
    store: CountingStore, name: str, right: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"write it with {right}"):
        make_app(store, SESSION_COOKIE_NAME=name, SESSION_COOKIE_SECURE=True)


async def test_one_answer_can_send_the_cookie_with_other_attributes(browser: Browser) -> None:
    def embed(session: ServerSideSession) -> None:
        session.set_cookie_attributes(secure=True, samesite="None", partitioned=True)
        session.regenerate()

    await browser.arrive(put(x=1))
    [embedded] = cookies_in(await browser.visit(embed))
    [new] = cookies_in(await browser.visit(lambda session: session.regenerate()))

    assert {"Secure", "SameSite=None", "Partitioned"} <= embedded.attributes
    assert embedded.value != new.value
    assert {"SameSite=Lax"} <= new.attributes


async def test_an_answer_that_sets_no_cookie_sets_none_because_of_that(browser: Browser) -> None:
    def embed(session: ServerSideSession) -> None:
        session.set_cookie_attributes(secure=True, samesite="None")

    assert cookies_in(await browser.visit(embed)) == []
    await browser.arrive(put(x=1))
    assert cookies_in(await browser.visit(embed)) == []


async def test_of_several_cookies_none_is_believed_and_those_of_others_go(
    app: Quart, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await Browser(app).visit(look, headers=DOUBLED)

    cleared = {
        next((a for a in cookie.attributes if a.startswith("Domain=")), "")
        for cookie in cookies_in(answer)
        if cookie.clears
    }
    assert cleared == {"", "Domain=app.example.org", "Domain=example.org"} - {""}
    assert "session cookie refused: two different values" in caplog.text
    assert "__Host-" in caplog.text


@pytest.mark.parametrize("path", ["/", "/show"])
async def test_who_signs_in_with_a_cookie_that_another_host_tossed_in_is_signed_in(
    app: Quart, path: str
) -> None:
    client = client_of(app, "https://app.example.org")
    client.set_cookie(f"session=tossed; Domain=example.org; Path={path}")
    await client.get("/put")

    # Both are sent now: the answer has the browser forget the one that is not ours.
    confused = await client.get("/show")
    healed = await client.get("/show")

    assert confused.json() == {}
    assert healed.json() == {"x": 1}


@pytest.mark.parametrize(
    ("handler", "says", "varies"),
    [
        (ignore, "public, max-age=600", False),
        (look, "public, max-age=600", True),
        (put(y=1), "public, max-age=600", True),
        (ignore, "max-age=600", True),
        (ignore, "", True),
    ],
)
async def test_only_a_page_that_says_it_is_public_and_looks_at_nobody_is_cached_for_all(
    browser: Browser, handler: Any, says: str, varies: bool
) -> None:
    await browser.arrive(put(x=1))
    answer = Response("page")
    if says:
        answer.headers["Cache-Control"] = says

    response = await browser.visit(handler, answer=answer)

    assert ("Cookie" in response.headers.get("Vary", "")) is varies
    assert (response.headers.get("Cache-Control") == says) is (handler is ignore and bool(says))


async def test_a_public_page_that_tells_a_cookie_is_cached_for_nobody(browser: Browser) -> None:
    answer = Response("page", headers={"Cache-Control": "public"})

    response = await Browser(browser.app, token="x" * 43).visit(ignore, answer=answer)

    assert [cookie.clears for cookie in cookies_in(response)] == [True]
    assert response.headers["Cache-Control"] == "no-store"


async def test_why_a_session_was_refused_stands_in_the_message(
    browser: Browser, store: CountingStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await browser.visit(put(x=1))
    [record] = await store.records()
    await store.tamper(replace(record, fields={"label": b"x"}))

    await browser.visit(look)

    assert "session refused: a field is not sealed" in caplog.text
