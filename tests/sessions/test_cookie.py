"""The session cookie: how it is set, how it is cleared, and which ones are taken seriously."""

from __future__ import annotations

import base64
from itertools import product
from typing import Any

import pytest
from quart import Quart, Response, session
from werkzeug.http import dump_cookie

from quart_app.sessions.held.tokens import has_token_shape, new_token
from tests.sessions.browser import (
    Browser,
    CountingStore,
    clear,
    cookies_in,
    ignore,
    look,
    make_app,
    put,
)

SECURE = {"SESSION_COOKIE_SECURE": True}
COMBINATIONS: list[dict[str, Any]] = [
    {
        **SECURE,
        "SESSION_COOKIE_PARTITIONED": partitioned,
        "SESSION_COOKIE_DOMAIN": domain,
        "SESSION_COOKIE_PATH": path,
        "SESSION_COOKIE_SAMESITE": samesite,
        "SESSION_COOKIE_HTTPONLY": httponly,
    }
    for partitioned, domain, path, samesite, httponly in product(
        [True, False],
        [None, "example.org"],
        ["/", "/app"],
        ["Lax", "Strict", "None"],
        [True, False],
    )
]
COMBINATIONS += [
    {**SECURE, "SESSION_COOKIE_NAME": "__Host-session"},
    {**SECURE, "SESSION_COOKIE_NAME": "__Host-session", "SESSION_COOKIE_PARTITIONED": True},
    {**SECURE, "SESSION_COOKIE_NAME": "__Secure-session", "SESSION_COOKIE_DOMAIN": "example.org"},
    {"SESSION_COOKIE_NAME": "sid"},
    {"APPLICATION_ROOT": "/behind"},
]

TOKEN = new_token()
NOT_TOKENS = {
    "empty": "",
    "one character": "a",
    "one too few": TOKEN[:-1],
    "one too many": TOKEN + "a",
    "60 kB": "a" * 60_000,
    "path": "../../../../../../../../etc/passwd_________",
    "encoded path": "..%2f..%2f..%2f..%2fetc%2fpasswd___________",
    "absolute path": "/" + TOKEN[1:],
    "dots": "." * 43,
    "percent": "%" + TOKEN[1:],
    "quoted": f'"{TOKEN}',
    "a space within": TOKEN[:20] + " " + TOKEN[21:],
    "standard base64": "+" + TOKEN[1:],
    "padded": TOKEN + "=",
    "non-ASCII": "é" + TOKEN[1:],
    "digits of another script": "٣" * 43,
    "quart-session's": "b8ebbf02-cc7a-4b0b-824f-22a984c8c0b8",
}


async def send(app: Quart, cookie: str, headers: dict[str, str] | None = None) -> Response:
    """A visit by somebody who writes the Cookie header by hand, and looks at the session."""
    return await Browser(app).visit(look, headers={"Cookie": cookie, **(headers or {})})


@pytest.mark.parametrize("config", COMBINATIONS)
async def test_clearing_has_the_attributes_of_setting(
    store: CountingStore, config: dict[str, Any]
) -> None:
    app = make_app(store, **config)
    browser = Browser(app)

    [set_] = cookies_in(await browser.visit(put(x=1)))
    header = {"Cookie": f"{set_.name}={set_.value}"}
    [cleared] = cookies_in(await Browser(app).visit(clear, headers=header))

    assert cleared.clears
    assert cleared.name == set_.name == app.config["SESSION_COOKIE_NAME"]
    assert cleared.lasting_attributes == set_.lasting_attributes


@pytest.mark.parametrize(
    ("config", "attributes"),
    [
        ({}, {"HttpOnly", "Path=/", "SameSite=Lax"}),
        (SECURE, {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}),
        ({"SESSION_COOKIE_HTTPONLY": False}, {"Path=/", "SameSite=Lax"}),
        ({"SESSION_COOKIE_SAMESITE": "Strict"}, {"HttpOnly", "Path=/", "SameSite=Strict"}),
        (
            {**SECURE, "SESSION_COOKIE_SAMESITE": "None", "SESSION_COOKIE_PARTITIONED": True},
            {"HttpOnly", "Path=/", "SameSite=None", "Secure", "Partitioned"},
        ),
        (
            {**SECURE, "SESSION_COOKIE_NAME": "__Host-session"},
            {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"},
        ),
        (
            {"SESSION_COOKIE_DOMAIN": "example.org", "SESSION_COOKIE_PATH": "/app"},
            {"HttpOnly", "Path=/app", "SameSite=Lax", "Domain=example.org"},
        ),
        ({"APPLICATION_ROOT": "/app"}, {"HttpOnly", "Path=/app", "SameSite=Lax"}),
    ],
)
async def test_a_cookie_has_the_attributes_that_were_asked_for_and_no_others(
    store: CountingStore, config: dict[str, Any], attributes: set[str]
) -> None:
    [cookie] = cookies_in(await Browser(make_app(store, **config)).visit(put(x=1)))

    assert cookie.attributes == attributes
    assert has_token_shape(cookie.value)


async def test_a_token_goes_where_werkzeug_would_put_it_whatever_stands_beside(
    store: CountingStore,
) -> None:
    name, path = 43 * "T", f"/={43 * 'T'}/"
    app = make_app(store, SESSION_COOKIE_NAME=name, SESSION_COOKIE_PATH=path)

    answer = await Browser(app).visit(put(x=1))

    [cookie], [said] = cookies_in(answer), answer.headers.getlist("Set-Cookie")
    assert has_token_shape(cookie.value)
    assert said == dump_cookie(name, cookie.value, path=path, httponly=True, samesite="Lax")


def test_tokens_are_random_in_every_bit() -> None:
    tokens = [new_token() for _ in range(5_000)]
    numbers = [int.from_bytes(base64.urlsafe_b64decode(token + "=")) for token in tokens]

    assert {len(token) for token in tokens} == {43}
    assert len(set(tokens)) == len(tokens)
    # Four standard deviations would fail one run in sixty with 256 bits; six fail none.
    tolerance = 6 * 0.5 / len(tokens) ** 0.5
    for bit in range(256):
        mean = sum(number >> bit & 1 for number in numbers) / len(numbers)
        assert abs(mean - 0.5) < tolerance


@pytest.mark.parametrize("text", NOT_TOKENS.values(), ids=NOT_TOKENS.keys())
async def test_a_cookie_that_cannot_be_a_token_is_that_of_a_new_visitor(
    app: Quart, store: CountingStore, text: str
) -> None:
    response = await send(app, f"session={text}")

    assert response.status_code == 200
    assert store.calls == []
    assert cookies_in(response) == []


async def test_a_newline_at_the_end_makes_no_token() -> None:
    assert not has_token_shape(TOKEN + "\n")


async def test_without_a_cookie_the_store_is_not_asked(app: Quart, store: CountingStore) -> None:
    response = await send(app, f"other={TOKEN}; Session={TOKEN}; xsession={TOKEN}")

    assert response.status_code == 200
    assert store.calls == []


async def test_two_different_session_cookies_are_both_refused(
    browser: Browser, store: CountingStore, caplog: pytest.LogCaptureFixture
) -> None:
    await browser.visit(put(x=1))
    store.calls.clear()

    for pair in ((browser.token, TOKEN), (TOKEN, browser.token), (browser.token, "planted")):
        await send(browser.app, "; ".join(f"session={value}" for value in pair))

    assert store.calls == []
    assert "session cookie refused" in caplog.text
    assert (browser.token or "") not in caplog.text


async def test_the_same_session_cookie_twice_is_one(browser: Browser, store: CountingStore) -> None:
    await browser.arrive(put(x=1))
    store.calls.clear()

    await send(browser.app, f"session={browser.token}; session={browser.token}")

    assert store.calls == ["find"]


@pytest.mark.parametrize("said", [{"Accept": "text/html"}, {"Sec-Fetch-Mode": "navigate"}])
async def test_an_unknown_token_costs_a_navigation_one_load_and_is_cleared(
    app: Quart, store: CountingStore, said: dict[str, str]
) -> None:
    response = await send(app, f"session={TOKEN}", said)

    [cookie] = cookies_in(response)
    assert store.calls == ["find"]
    assert cookie.clears


@pytest.mark.parametrize("mode", ["cors", "no-cors", "same-origin", "websocket"])
async def test_an_unknown_token_is_left_alone_in_the_background(app: Quart, mode: str) -> None:
    response = await send(app, f"session={TOKEN}", {"Sec-Fetch-Mode": mode})

    assert cookies_in(response) == []


@pytest.mark.parametrize("values", [{"x": 1}, {"name": "ada"}])
async def test_an_unknown_token_is_never_adopted(app: Quart, values: dict[str, Any]) -> None:
    browser = Browser(app, token=TOKEN)

    await browser.visit(put(**values))

    assert browser.token not in (None, TOKEN)
    assert await browser.look(look) == values
    assert await Browser(app, token=TOKEN).look(look) == {}


async def test_a_token_is_taken_from_the_cookie_only(
    app: Quart, browser: Browser, store: CountingStore
) -> None:
    await browser.visit(put(x=1))
    token = browser.token or ""
    store.calls.clear()

    @app.route("/other/<path:rest>", methods=["POST"])
    async def other(rest: str) -> dict[str, Any]:
        return dict(session)

    response = await app.test_client(use_cookies=False).post(
        f"/other/{token}?session={token}&sid={token}",
        form={"session": token, "sid": token},
        headers={"Authorization": f"Bearer {token}", "X-Session": token, "session": token},
    )

    assert await response.get_json() == {}
    assert store.calls == []


@pytest.mark.parametrize("position", [0, 20, 42])
async def test_one_wrong_character_leads_nowhere(browser: Browser, position: int) -> None:
    await browser.visit(put(x=1))
    token = browser.token or ""
    # The last character has two bits to spare: another one may stand for the same 256 bits.
    others = [character for character in "ABCDEFGHabcd0123-_" if character != token[position]]

    for other in others:
        changed = token[:position] + other + token[position + 1 :]
        assert await Browser(browser.app, token=changed).look(look) == {}


async def test_a_session_that_stays_the_same_sets_no_cookie_again(browser: Browser) -> None:
    await browser.visit(put(x=1))

    responses = [await browser.visit(do) for do in (ignore, look, put(x=2), put(y=1))]

    assert [cookies_in(response) for response in responses] == [[], [], [], []]
