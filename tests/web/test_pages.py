"""The table of pages, row by row."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from quart import Quart

from quart_app.errors import StoreUnavailable
from quart_app.testing import BrokenStore, FakeClock
from tests.web.asking import ask, browser, cookie_set_by, shown
from tests.web.configured import configured

ALL_PATHS = ("/", "/login", "/user", "/logout", "/healthz", "/readyz", "/static/style.css")
UNKNOWN = [
    *("/user/", "/user/x.css", "/user;x.css", "/user%2fx.css", "/USER", "/./user", "/user/..;/"),
    *("/login/", "/login/x.css", "/login.css", "/logout/", "/x/../user", "/healthz/x", "/é"),
    *("/static/", "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static"),
    f"/static/{'x' * 300}",
]
NO_PATHS = [
    *("http://evil.example/", "http://[evil/", "*", "", "user", "/user\0", "/static/a\0b"),
    *("/user\n", "/\x1b[31m", "/\x85", "/\u2028"),
]


async def test_home_says_who_is_signed_in_and_has_a_way_to_log_out(ada: httpx.AsyncClient) -> None:
    answer = await ada.get("/")

    assert answer.status_code == 200
    assert "You are logged in as Ada." in shown(answer)
    assert re.search(r'action="/logout" method="post".*Log out', answer.text, re.DOTALL)


async def test_home_sends_visitors_to_log_in(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/")

    assert (answer.status_code, answer.headers["location"]) == (302, "/login")
    assert answer.headers.get_list("set-cookie") == []


@configured(HOME_PUBLIC=True)
async def test_a_public_home_says_that_nobody_is_signed_in_and_where_to_log_in(
    visitor: httpx.AsyncClient,
) -> None:
    answer = await visitor.get("/")

    assert answer.status_code == 200
    assert "You are not logged in." in answer.text
    assert re.search(r'href="/login">Log in</a>', answer.text)
    assert answer.headers.get_list("set-cookie") == []


@pytest.mark.parametrize("field", ["name", "nm", "username"])
async def test_signing_in_takes_the_name_from_any_tutorials_field(
    visitor: httpx.AsyncClient, field: str
) -> None:
    signed_in = await visitor.post("/login", data={field: "Grace"})

    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/")
    assert "You are logged in as Grace." in shown(await visitor.get("/"))


@configured(LOGIN_REDIRECT="/user", LOGOUT_REDIRECT="/login")
async def test_signing_in_and_out_lead_where_the_settings_say(visitor: httpx.AsyncClient) -> None:
    signed_in = await visitor.post("/login", data={"name": "Grace"})
    signed_out = await visitor.post("/logout")
    signed_out_twice = await visitor.get("/logout")

    assert signed_in.headers["location"] == "/user"
    assert signed_out.headers["location"] == "/login"
    assert signed_out_twice.headers["location"] == "/login"


@pytest.mark.parametrize(
    ("config", "path", "led_to"),
    [
        ({}, "/login", "/"),
        ({}, "/login?next=/user", "/user"),
        ({}, "/login?next=//evil.example", "/"),
        ({"LOGIN_REDIRECT": "/user"}, "/login", "/user"),
        ({"LOGIN_REDIRECT": "/user"}, "/login?next=/", "/"),
    ],
)
async def test_who_is_signed_in_is_sent_on_from_the_form_as_after_signing_in(
    ada: httpx.AsyncClient, path: str, led_to: str
) -> None:
    from_form = await ada.get(path)
    from_sign_in = await ada.post(path, data={"name": "Ada"})

    assert (from_form.status_code, from_form.headers["location"]) == (302, led_to)
    assert (from_sign_in.status_code, from_sign_in.headers["location"]) == (303, led_to)


async def test_the_user_page_has_the_name_as_its_heading(ada: httpx.AsyncClient) -> None:
    answer = await ada.get("/user")

    assert answer.status_code == 200
    assert re.search(r"<h1[^>]*><bdi>Ada</bdi></h1>", answer.text)
    assert "Log out" in answer.text


async def test_the_user_page_sends_visitors_to_log_in_and_back(visitor: httpx.AsyncClient) -> None:
    sent_away = await visitor.get("/user")
    form = await visitor.get(sent_away.headers["location"])
    signed_in = await visitor.post("/login", data={"next": "/user", "name": "Ada"})

    assert (sent_away.status_code, sent_away.headers["location"]) == (302, "/login?next=/user")
    assert '<input type="hidden" name="next" value="/user">' in form.text
    assert signed_in.headers["location"] == "/user"


async def test_logging_out_ends_the_session_in_every_copy_of_the_cookie(
    app: Quart, ada: httpx.AsyncClient
) -> None:
    async with browser(app, cookies=httpx.Cookies(ada.cookies)) as thief:
        logged_out = await ada.post("/logout")
        replayed = await thief.get("/user")

    assert (logged_out.status_code, logged_out.headers["location"]) == (303, "/")
    assert cookie_set_by(logged_out).startswith("session=;")
    assert replayed.headers["location"] == "/login?next=/user"


async def test_somebody_else_who_signs_in_takes_over_nothing(
    app: Quart, ada: httpx.AsyncClient
) -> None:
    async with browser(app, cookies=httpx.Cookies(ada.cookies)) as old:
        await ada.post("/login", data={"name": "Grace"})

        assert "You are logged in as Grace." in shown(await ada.get("/"))
        assert (await old.get("/")).status_code == 302


async def test_signing_in_again_under_the_same_name_gives_a_new_token(
    ada: httpx.AsyncClient,
) -> None:
    before = ada.cookies["session"]

    await ada.post("/login", data={"name": "Ada"})

    assert ada.cookies["session"] != before
    assert "You are logged in as Ada." in shown(await ada.get("/"))


async def test_a_session_of_the_browsers_length_ends_when_it_rests_too_long(
    ada: httpx.AsyncClient, clock: FakeClock
) -> None:
    await ada.get("/")
    clock.advance(hours=7, minutes=59)
    after_a_day_of_work = await ada.get("/")
    clock.advance(hours=8, minutes=1)
    after_a_night = await ada.get("/")

    assert after_a_day_of_work.status_code == 200
    assert after_a_night.headers["location"] == "/login"


@pytest.mark.parametrize("name", ["", "Ada"], ids=["signed out", "signed in"])
async def test_head_answers_as_get_does_without_a_change(
    visitor: httpx.AsyncClient, name: str
) -> None:
    await visitor.post("/login", data={"name": name})
    from_elsewhere = {"Sec-Fetch-Site": "cross-site"}
    for path in ALL_PATHS:
        head = await visitor.head(path, headers=from_elsewhere)
        get = await visitor.get(path, headers=from_elsewhere)

        assert (path, head.status_code) == (path, get.status_code)
        assert head.headers.get("location") == get.headers.get("location")
        assert head.headers.get("content-type") == get.headers.get("content-type")
        assert (await visitor.get("/")).status_code == (200 if name else 302)


async def test_head_never_signs_out(ada: httpx.AsyncClient) -> None:
    await ada.head("/logout")

    assert (await ada.get("/")).status_code == 200


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE"])
async def test_other_methods_change_nothing_and_hear_what_is_allowed(
    ada: httpx.AsyncClient, method: str
) -> None:
    for path in ("/", "/login", "/user", "/logout"):
        answer = await ada.request(method, path)
        allowed = set(answer.headers["allow"].split(", "))

        assert answer.status_code == (200 if method == "OPTIONS" else 405)
        assert allowed - {"POST"} == {"GET", "HEAD", "OPTIONS"}
        assert ("POST" in allowed) is (path in ("/login", "/logout"))
        assert (await ada.get("/")).status_code == 200


async def test_an_unknown_method_is_not_implemented(app: Quart) -> None:
    for method in ("TRACE", "CONNECT", "BREW", "get", "PoST"):
        assert (method, (await ask(app, "/login", method=method)).status) == (method, 501)


async def test_an_unknown_path_under_a_known_one_is_not_found(
    app: Quart, ada: httpx.AsyncClient
) -> None:
    cookie = {"Cookie": f"session={ada.cookies['session']}"}
    for path in UNKNOWN:
        answer = await ask(app, path, headers=cookie)

        assert (path, answer.status, answer.all("location")) == (path, 404, [])
        assert "Ada" not in answer.text


async def test_the_path_is_not_a_way_to_another_host(app: Quart) -> None:
    answer = await ask(app, "//evil.example/..")

    assert answer.status == 404
    assert answer.all("location") == []


async def test_a_request_that_gives_its_length_in_two_ways_is_refused(app: Quart) -> None:
    both = {"Content-Length": "6", "Transfer-Encoding": "chunked"}

    answer = await ask(app, "/login", method="POST", headers=both)

    assert answer.status == 400
    assert answer.get("connection") == "close"


async def test_a_target_that_cannot_be_a_page_of_ours_is_refused(app: Quart) -> None:
    for target in NO_PATHS:
        assert (target, (await ask(app, target)).status) == (target, 400)


@pytest.mark.parametrize(("path", "word"), [("/healthz", "alive"), ("/readyz", "ready")])
async def test_health_is_told_without_a_session(
    ada: httpx.AsyncClient, visitor: httpx.AsyncClient, path: str, word: str
) -> None:
    for somebody in (ada, visitor):
        answer = await somebody.get(path)

        assert (answer.status_code, answer.text) == (200, f"{word}\n")
        assert answer.headers.get_list("set-cookie") == []
        assert answer.headers["cache-control"] == "no-store"


async def test_a_store_in_trouble_is_alive_and_not_ready(
    ada: httpx.AsyncClient, store: BrokenStore
) -> None:
    store.broken = True

    alive = await ada.get("/healthz")
    ready = await ada.get("/readyz")
    store.broken = False
    ready_again = await ada.get("/readyz")

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert int(ready.headers["retry-after"]) > 0
    assert "broken" not in ready.text
    assert ready.headers.get_list("set-cookie") == []
    assert ready_again.status_code == 200


@configured(SESSION_TYPE="cookie")
async def test_signed_cookies_are_always_ready(ada: httpx.AsyncClient) -> None:
    assert (await ada.get("/readyz")).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_can_only_be_read(visitor: httpx.AsyncClient, path: str) -> None:
    answer = await visitor.post(path, data={"name": "Ada"})

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_an_outage_signs_nobody_out_and_nobody_in(
    ada: httpx.AsyncClient, visitor: httpx.AsyncClient, store: BrokenStore
) -> None:
    store.broken = True

    during = [
        await ada.get("/"),
        await ada.get("/user"),
        await ada.get("/logout"),
        await ada.post("/logout"),
        await visitor.post("/login", data={"name": "Eve"}),
    ]
    form = await visitor.get("/login")
    store.broken = False
    after = await ada.get("/")

    assert {answer.status_code for answer in during} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in during)
    assert all(answer.headers.get_list("set-cookie") == [] for answer in during)
    assert all("We cannot serve you right now" in html.unescape(a.text) for a in during)
    assert form.status_code == 200
    assert "You are logged in as Ada." in shown(after)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/user"), ("POST", "/login"), ("POST", "/logout")]
)
async def test_in_an_outage_no_request_waits_for_the_store_twice(
    ada: httpx.AsyncClient,
    store: BrokenStore,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
) -> None:
    asked = []
    for name in ("create", "find", "patch", "touch", "retire", "delete", "owned_by"):

        async def fails(*_: object, name: str = name, **__: object) -> None:
            asked.append(name)
            raise StoreUnavailable("too late")

        monkeypatch.setattr(store, name, fails)

    answer = await ada.request(method, path, data={"name": "Grace"} if path == "/login" else None)

    assert answer.status_code == 503
    assert asked == ["find"]


async def test_a_503_says_that_nothing_is_lost_only_where_that_is_so(
    ada: httpx.AsyncClient, store: BrokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_answer(*_: object) -> None:
        raise StoreUnavailable("no answer")

    monkeypatch.setattr(store, "retire", no_answer)

    moving = await ada.post("/login", data={"name": "Grace"})
    leaving = await ada.post("/logout")

    assert (moving.status_code, leaving.status_code) == (503, 503)
    assert "Nothing is lost" not in shown(moving)
    assert "may have to be done again" in shown(moving)
    assert "Nothing is lost" in shown(leaving)


async def test_a_program_reads_readiness_as_json(
    visitor: httpx.AsyncClient, store: BrokenStore
) -> None:
    wish = {"Accept": "application/json"}

    ready = await visitor.get("/readyz", headers=wish)
    store.broken = True
    not_ready = await visitor.get("/readyz", headers=wish)

    assert ready.headers["content-type"] == "application/json"
    assert ready.headers["vary"] == "accept"
    told = ready.json()
    assert told.keys() == {"status", "store", "version", "age_seconds"}
    assert (told["status"], told["store"]) == ("ready", "BrokenStore")
    assert 0 <= told["age_seconds"] < 600
    assert not_ready.status_code == 503
    assert not_ready.json()["status"] == "the session store does not answer"
    assert int(not_ready.headers["retry-after"]) > 0
