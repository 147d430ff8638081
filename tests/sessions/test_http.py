"""What a session means for the rest of the answer: caches, errors, visitors who store nothing."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Quart, Response, redirect, send_file, session

from quart_app.sessions import ServerSideSession
from tests.sessions.browser import Browser, CountingStore, cookies_in, ignore, look, put

FAILED = ("sorry", 500)
VARYING = {"a, COOKIE": "a, COOKIE", "X-Cookie-Kind": "X-Cookie-Kind, Cookie", "": "Cookie"}


def answering(**headers: str) -> tuple[str, int, dict[str, str]]:
    """An answer with these headers."""
    return "", 200, {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize("handler", [ignore, look, put(x=1)])
@pytest.mark.parametrize("status", [200, 204, 302, 304, 404, 500])
async def test_every_answer_varies_with_the_cookie(
    browser: Browser, handler: Any, status: int
) -> None:
    response = await browser.visit(handler, answer=("", status))

    assert "Cookie" in response.vary


async def test_vary_is_added_to_what_the_handler_said(browser: Browser) -> None:
    response = await browser.visit(look, answer=answering(Vary="Accept-Language"))

    assert set(response.vary) == {"Accept-Language", "Cookie"}


@pytest.mark.parametrize(("said", "names"), VARYING.items())
async def test_vary_names_the_cookie_once(browser: Browser, said: str, names: str) -> None:
    response = await browser.visit(ignore, answer=answering(Vary=said))

    assert response.headers.getlist("Vary") == [names]


@pytest.mark.parametrize(
    "handler",
    [look, put(x=1), lambda s: bool(s), lambda s: s.new, lambda s: s.permanent, lambda s: s.sid],
)
async def test_a_page_that_looked_at_the_session_is_not_kept_by_caches(
    browser: Browser, handler: Any
) -> None:
    response = await browser.visit(handler)

    assert response.headers["Cache-Control"] == "no-store"


async def test_a_page_that_did_not_may_be_kept(browser: Browser) -> None:
    await browser.visit(put(x=1))

    plain = await browser.visit(ignore)
    public = await browser.visit(ignore, answer=answering(Cache_Control="public, max-age=60"))

    assert "Cache-Control" not in plain.headers
    assert public.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("said", ["private", "private, max-age=60", "no-cache", "no-store"])
async def test_what_keeps_out_shared_caches_is_left_as_the_handler_said(
    browser: Browser, said: str
) -> None:
    response = await browser.visit(look, answer=answering(Cache_Control=said))

    assert response.headers["Cache-Control"] == said


@pytest.mark.parametrize(
    "said",
    [
        *("public", "public, max-age=60", "s-maxage=60", "max-age=60", "stale-if-error=60"),
        *('private="X-Name", max-age=60', 'no-cache="Set-Cookie", max-age=60'),
    ],
)
async def test_what_lets_shared_caches_in_is_overruled_once_the_session_was_looked_at(
    browser: Browser, said: str
) -> None:
    response = await browser.visit(look, answer=answering(Cache_Control=said))

    assert response.headers["Cache-Control"] == "no-store"


async def test_an_answer_that_carries_a_cookie_is_kept_by_nobody(
    browser: Browser, app: Quart
) -> None:
    said = answering(Cache_Control="private, max-age=60")

    responses = [
        await browser.visit(put(name="ada"), answer=said),
        await browser.visit(put(name=None), answer=said),
    ]

    assert [len(cookies_in(response)) for response in responses] == [1, 1]
    assert [response.headers["Cache-Control"] for response in responses] == ["no-store"] * 2


@pytest.mark.parametrize("status", [500, 502, 503, 599])
async def test_a_failed_request_changes_nothing_and_sets_no_cookie(
    browser: Browser, store: CountingStore, status: int
) -> None:
    await browser.arrive(put(x=1))
    before = await store.records()

    for handler in (put(x=2), put(name="ada"), lambda s: s.clear(), lambda s: s.regenerate()):
        response = await browser.visit(handler, answer=("", status))
        assert cookies_in(response) == []

    assert await store.records() == before
    assert await browser.look(look) == {"x": 1}


async def test_a_new_visitor_of_a_failed_request_is_not_kept(
    browser: Browser, store: CountingStore
) -> None:
    response = await browser.visit(put(name="ada"), answer=FAILED)

    assert cookies_in(response) == []
    assert store.calls == []


async def test_a_handler_that_raises_changes_nothing(
    browser: Browser, store: CountingStore
) -> None:
    def change_and_raise(session: ServerSideSession) -> None:
        session["x"] = 2
        raise LookupError

    await browser.visit(put(x=1))
    response = await browser.visit(change_and_raise)

    assert response.status_code == 500
    assert cookies_in(response) == []
    assert await browser.look(look) == {"x": 1}


async def test_a_page_that_tells_of_a_failed_save_does_not_save_after_all(
    app: Quart, browser: Browser, store: CountingStore
) -> None:
    def sign_in_and_spoil(session: ServerSideSession) -> None:
        session["name"] = "ada"
        session["cart"] = []
        session["cart"].append(object())

    @app.errorhandler(500)
    async def soothing(_: Exception) -> tuple[str, int]:
        session.pop("cart", None)
        return "all is well", 200

    response = await browser.visit(sign_in_and_spoil)

    assert await response.get_data(as_text=True) == "all is well"
    assert cookies_in(response) == []
    assert await store.records() == []


async def test_a_sign_out_is_carried_out_even_if_the_request_fails(
    browser: Browser, store: CountingStore
) -> None:
    await browser.visit(put(name="ada"))

    response = await browser.visit(put(name=None), answer=FAILED)

    assert cookies_in(response) == []
    assert await store.records() == []
    assert await browser.look(look) == {}


async def test_an_answer_below_500_is_no_failure(browser: Browser) -> None:
    await browser.visit(put(x=1), answer=("", 499))

    assert await browser.read("x") == 1


@pytest.mark.parametrize(
    "handler",
    [
        ignore,
        look,
        lambda session: session.clear(),
        lambda session: session.pop("x", None),
        lambda session: session.regenerate(),
        lambda session: session.setdefault("name"),
        put(name=None),
        put(user_id=None, username=""),
        lambda session: (put(x=1)(session), session.pop("x")),
    ],
)
async def test_a_visitor_who_stores_nothing_leaves_nothing(
    browser: Browser, store: CountingStore, handler: Any
) -> None:
    response = await browser.visit(handler)

    assert store.calls == []
    assert cookies_in(response) == []


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
async def test_a_request_without_a_body_asks_nothing_that_it_need_not(
    browser: Browser, store: CountingStore, method: str
) -> None:
    response = await browser.visit(ignore, method=method)

    assert response.status_code == 200
    assert store.calls == []


async def test_a_redirect_carries_the_cookie(app: Quart, store: CountingStore) -> None:
    @app.route("/login", methods=["POST"])
    async def login() -> Any:
        session["name"] = "ada"
        return redirect("/user")

    @app.route("/user")
    async def user() -> str:
        return str(session.get("name"))

    response = await app.test_client().post("/login", follow_redirects=True)

    assert await response.get_data(as_text=True) == "ada"


async def test_a_page_that_does_not_exist_can_look_at_the_session(
    app: Quart, browser: Browser
) -> None:
    @app.errorhandler(404)
    async def missing(_: Exception) -> tuple[str, int]:
        return f"not here, {session['name']}", 404

    await browser.visit(put(name="ada"))
    response = await browser.client.get("/missing")

    assert await response.get_data(as_text=True) == "not here, ada"
    assert response.headers["Cache-Control"] == "no-store"


async def test_a_cookie_is_set_once_however_often_the_session_is_saved(browser: Browser) -> None:
    async def save_often(session: ServerSideSession) -> None:
        for count in range(3):
            session["x"] = count
            await session.save()
        session["name"] = "ada"
        await session.save()
        session.regenerate()

    response = await browser.visit(save_often)

    assert [cookie.value for cookie in cookies_in(response)] == [browser.token]
    assert await browser.look(look) == {"x": 2, "name": "ada"}


async def test_cookies_of_the_application_stay_beside_it(browser: Browser) -> None:
    response = Response("")
    response.set_cookie("lang", "fr")

    answered = await browser.visit(put(x=1), answer=response)

    assert {cookie.name for cookie in cookies_in(answered)} == {"lang", "session"}


async def test_a_session_transaction_reads_once_and_writes(
    app: Quart, browser: Browser, store: CountingStore
) -> None:
    async with browser.client.session_transaction() as changed:
        changed["x"] = 1
    await browser.visit(ignore)
    store.calls.clear()
    async with browser.client.session_transaction() as changed:
        changed["x"] += 1

    assert await browser.read("x") == 2
    assert store.calls == ["find", "patch", "find"]


async def test_a_session_transaction_can_sign_in_and_out(browser: Browser) -> None:
    async with browser.client.session_transaction() as changed:
        changed["name"] = "ada"
    assert await browser.read("name") == "ada"

    async with browser.client.session_transaction() as changed:
        changed.clear()

    assert browser.token is None


async def test_a_file_response_keeps_changes(app: Quart, browser: Browser) -> None:
    @app.route("/file")
    async def file() -> Response:
        session["downloads"] = session.get("downloads", 0) + 1
        return await send_file(__file__)

    await browser.client.get("/file")

    assert await browser.read("downloads") == 1
