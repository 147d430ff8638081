"""What every answer carries, whatever it answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import NoReturn

import pytest
from quart import Quart
from werkzeug.exceptions import HTTPException

from quart_app.testing import BrokenStore
from tests.web.asking import FORM, Answer, ask
from tests.web.configured import configured

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
OVER_HTTPS = {"cross-origin-opener-policy": "same-origin", "strict-transport-security": ""}
INLINE = re.compile(
    r'<script(?! src="/static/)|<script[^>]*>[^<]|<style| style=| on\w+=|javascript:|https?://'
)
TELLING = ("hypercorn", "quart", "werkzeug", "flask", "python", "traceback", "jinja", "/site-pack")

Asking = Callable[[Quart, str, str], Awaitable[Answer]]


def get(path: str, *, as_ada: bool = False) -> Asking:
    async def asking(app: Quart, scheme: str, cookie: str) -> Answer:
        headers = {"Cookie": cookie} if as_ada else {}
        return await ask(app, path, headers=headers, scheme=scheme)

    return asking


def post(path: str, body: bytes, *, kind: str = FORM, as_ada: bool = False, **more: str) -> Asking:
    async def asking(app: Quart, scheme: str, cookie: str) -> Answer:
        headers = {"Content-Type": kind, **more} | ({"Cookie": cookie} if as_ada else {})
        return await ask(app, path, method="POST", headers=headers, body=body, scheme=scheme)

    return asking


async def by_wrong_name(app: Quart, scheme: str, cookie: str) -> Answer:
    return await ask(app, host="evil.example", scheme=scheme)


async def by_no_path(app: Quart, scheme: str, cookie: str) -> Answer:
    return await ask(app, "*", scheme=scheme)


async def by_other_method(app: Quart, scheme: str, cookie: str) -> Answer:
    return await ask(app, "/login", method="PUT", scheme=scheme)


async def by_no_method(app: Quart, scheme: str, cookie: str) -> Answer:
    return await ask(app, method="BREW", scheme=scheme)


async def from_cache(app: Quart, scheme: str, cookie: str) -> Answer:
    first = await ask(app, "/static/style.css", scheme=scheme)
    known = {"If-None-Match": first.get("etag")}
    return await ask(app, "/static/style.css", headers=known, scheme=scheme)


ANSWERS: dict[str, tuple[int, Asking]] = {
    "a page": (200, get("/login")),
    "a page of somebody": (200, get("/user", as_ada=True)),
    "a redirect": (302, get("/")),
    "signing in": (303, post("/login", b"name=Ada")),
    "signing out": (303, post("/logout", b"")),
    "the language": (303, post("/language", b"language=fr")),
    "health": (200, get("/healthz")),
    "readiness": (200, get("/readyz")),
    "a style sheet": (200, get("/static/style.css")),
    "an icon": (200, get("/static/icon.svg")),
    "a style sheet that is known": (304, from_cache),
    "a mistake": (400, post("/login", b"name=")),
    "no form": (400, post("/login", b"name=%ff")),
    "no path": (400, by_no_path),
    "another site": (403, post("/login", b"name=Eve", as_ada=True, Origin="null")),
    "no page": (404, get("/nothing", as_ada=True)),
    "no file": (404, get("/static/nothing")),
    "no such method here": (405, by_other_method),
    "too large": (413, post("/login", b"x" * 70_000)),
    "another type": (415, post("/login", b"{}", kind="application/json")),
    "another host": (421, by_wrong_name),
    "a failure": (500, get("/fails", as_ada=True)),
    "no method": (501, by_no_method),
    "an outage": (503, get("/user", as_ada=True)),
    "not ready": (503, get("/readyz")),
}


async def fail(*_: object) -> NoReturn:
    raise RuntimeError("secret words")


@pytest.fixture
def app(app: Quart) -> Quart:
    """With a page that fails."""
    app.add_url_rule("/fails", "fails", fail)
    return app


@pytest.fixture
async def ada_cookie(app: Quart) -> str:
    """Of somebody who is signed in."""
    signed_in = await ask(
        app, "/login", method="POST", headers={"Content-Type": FORM}, body=b"name=Ada"
    )
    return signed_in.get("set-cookie").partition(";")[0]


def check(answer: Answer, scheme: str) -> None:
    directives = (said.partition(" ") for said in answer.get("content-security-policy").split("; "))
    assert {name: value for name, _, value in directives} == POLICY
    assert {name: answer.get(name) for name in FIXED} == FIXED
    assert answer.get("permissions-policy").endswith("=()")
    # Over http a browser ignores these, and complains of it.
    over_https = OVER_HTTPS if scheme == "https" else dict.fromkeys(OVER_HTTPS, "")
    assert {name: answer.get(name) for name in OVER_HTTPS} == over_https
    assert answer.get("cache-control")
    assert answer.all("server") == answer.all("x-powered-by") == []
    told = f"{answer.headers} {answer.text}".lower()
    assert not [word for word in (*TELLING, "secret words") if word in told]
    if answer.body:
        assert answer.get("content-type").endswith("; charset=utf-8")
        assert answer.get("content-length") == str(len(answer.body))


@configured(TRUSTED_HOSTS=["localhost"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_every_answer_carries_them_all(
    app: Quart, store: BrokenStore, ada_cookie: str, scheme: str
) -> None:
    for kind, (status, asking) in ANSWERS.items():
        store.broken = status == 503

        answer = await asking(app, scheme, ada_cookie)

        assert (kind, answer.status) == (kind, status)
        check(answer, scheme)
        if status >= 400:
            assert (kind, answer.all("set-cookie")) == (kind, [])
        if status == 503:
            assert int(answer.get("retry-after")) > 0


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_last_resort_carries_them_too(app: Quart, scheme: str) -> None:
    app.register_error_handler(HTTPException, fail)

    answer = await ask(app, "/nothing", scheme=scheme)

    assert (answer.status, answer.text) == (500, "something went wrong here\n")
    check(answer, scheme)


async def test_no_cache_may_keep_what_is_anybodys_own(app: Quart, ada_cookie: str) -> None:
    for kind, (status, asking) in ANSWERS.items():
        if status in (200, 302, 303) and "style" not in kind and "icon" not in kind:
            answer = await asking(app, "http", ada_cookie)

            assert (kind, answer.get("cache-control")) == (kind, "no-store")


@pytest.mark.parametrize("path", ["/", "/login", "/user", "/logout", "/nothing"])
async def test_a_page_says_what_it_depends_on(app: Quart, ada_cookie: str, path: str) -> None:
    for headers in ({}, {"Cookie": ada_cookie}):
        answer = await ask(app, path, headers=headers)

        depends_on = {name.strip() for name in answer.get("vary").split(",")}
        is_page = b"<main>" in answer.body
        assert depends_on == {"Cookie"} | ({"Accept-Language"} if is_page else set())


async def test_two_people_behind_one_cache_get_what_is_public_from_it_and_nothing_else(
    app: Quart, ada_cookie: str
) -> None:
    ada = [await ask(app, "/static/style.css", headers={"Cookie": ada_cookie})]
    ada.append(await ask(app, "/user", headers={"Cookie": ada_cookie}))
    eve = [await ask(app, "/static/style.css"), await ask(app, "/user")]

    assert ada[0].body == eve[0].body
    assert "public" in ada[0].get("cache-control")
    assert (ada[0].all("set-cookie"), ada[0].get("vary")) == ([], "Accept-Encoding")
    assert ada[1].get("cache-control") == eve[1].get("cache-control") == "no-store"
    assert ada[1].get("vary") == "Accept-Language, Cookie"
    assert eve[1].status == 302


async def test_logging_out_clears_what_scripts_may_have_kept(app: Quart, ada_cookie: str) -> None:
    answer = await ask(app, "/logout", headers={"Cookie": ada_cookie}, scheme="https")

    assert answer.get("clear-site-data") == '"storage"'


async def test_pages_need_nothing_that_their_policy_forbids(app: Quart, ada_cookie: str) -> None:
    for path in ("/", "/login", "/user", "/logout", "/nothing"):
        for headers in ({}, {"Cookie": ada_cookie, "Sec-Fetch-Site": "cross-site"}):
            page = (await ask(app, path, headers=headers)).text

            assert not INLINE.search(page)


@pytest.mark.parametrize("config", [{"HSTS": "max-age=600; includeSubDomains"}])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_that_it_is_reached_over_https_only_is_told_if_set(app: Quart, scheme: str) -> None:
    answer = await ask(app, "/login", scheme=scheme)

    told = answer.get("strict-transport-security")
    assert told == ("max-age=600; includeSubDomains" if scheme == "https" else "")
