"""A login in somebody's own application leaves all else of it as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from quart import Blueprint, Quart, Response, session
from quart.sessions import SessionInterface
from werkzeug.exceptions import HTTPException

from quart_app import Account, Login, current_account, login_required
from quart_app.errors import ConfigurationError
from quart_app.live import Live
from quart_app.sessions import ServerSideSession, Session
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.testing import FakeClock, signed_in_client
from tests.login.conftest import PASSWORD, check, sign_in
from tests.web.asking import ask, browser
from tests.web.configured import configured

OURS = "default-src 'none'"


def plain(tmp_path: Path, **config: Any) -> Quart:
    app = Quart(__name__)
    app.config.update({"DATA_DIR": tmp_path, "SESSION_TYPE": "memory", **config})
    return app


async def test_a_walk_in_and_out(visitor: httpx.AsyncClient) -> None:
    refused = await visitor.get("/notes?page=2")
    form = await visitor.get(refused.headers["location"])
    wrong = await sign_in(visitor, password="wrong")  # noqa: S106 - it is
    signed_in = await sign_in(visitor, next="/notes?page=2")
    notes = await visitor.get(signed_in.headers["location"])
    signed_out = await visitor.post("/logout")
    after = await visitor.get("/notes")

    assert (refused.status_code, form.status_code, wrong.status_code) == (302, 200, 401)
    assert 'name="next" value="/notes?page=2"' in form.text
    assert 'name="password" type="password"' in form.text
    assert signed_in.headers["location"] == "/notes?page=2"
    assert notes.text == "Notes of Ada"
    assert (signed_out.status_code, after.status_code) == (303, 302)


async def test_quarts_own_client_is_enough(tmp_path: Path) -> None:
    app = plain(tmp_path)
    Login(app, check=check)
    client = app.test_client()

    signed_in = await client.post("/login", form={"name": "ada", "password": PASSWORD})
    form = await client.get("/logout", headers={"Sec-Fetch-Site": "none"})

    assert signed_in.status_code == 303
    assert "Do you want to log out?" in await form.get_data(as_text=True)


async def test_init_app_comes_later(tmp_path: Path) -> None:
    login = Login(check=check)
    app = plain(tmp_path)
    login.init_app(app)

    async with browser(app) as visitor:
        assert (await visitor.get("/login")).status_code == 200


async def test_a_client_of_the_testing_kit_is_signed_in_before_the_first_request(
    tmp_path: Path,
) -> None:
    app = plain(tmp_path)
    Login(app, check=check)

    @app.get("/notes")
    @login_required
    async def notes() -> str:
        return current_account.id

    ada = await signed_in_client(app, "7")

    assert (await ada.get("/notes")).text() == "7"


@pytest.mark.parametrize("comes_first", [True, False], ids=["before", "after"])
async def test_the_sessions_and_live_pages_that_an_application_has_are_used(
    tmp_path: Path, clock: FakeClock, comes_first: bool
) -> None:
    app, store = plain(tmp_path), MemoryStore(clock=clock)
    if not comes_first:
        Login(app, check=check)
    Session(app, store=store)
    live = Live(app)
    if comes_first:
        Login(app, check=check)

    async with app.test_app(), browser(app) as ada:
        await sign_in(ada)
        listed = await store.owned_by("7")
        page = await ada.get("/logout", headers={"Sec-Fetch-Site": "none"})

        assert len(listed) == 1
        assert app.extensions["quart_app.live"] is live
        assert 'data-events="/events"' in page.text


async def test_an_open_page_hears_of_a_sign_out_without_a_line_of_the_application(
    tmp_path: Path,
) -> None:
    app = plain(tmp_path)
    Login(app, check=check)

    async with browser(app) as ada:
        await sign_in(ada)
        waiting = await ada.head("/events")
        await ada.post("/logout")
        after = await ada.head("/events")

    assert (waiting.status_code, after.status_code) == (200, 204)


async def test_the_applications_own_session_entries_are_its_own(app: Quart) -> None:
    @app.post("/rename")
    async def rename() -> dict[str, Any]:
        session["name"] = "a checkout's"
        session["user_id"] = 99
        return {"id": current_account.id, "token": cast(ServerSideSession, session).sid}

    async with browser(app) as ada:
        await sign_in(ada)
        before = (await ada.post("/rename")).json()
        after = (await ada.post("/rename")).json()

    assert before == after
    assert before["id"] == "7"


async def test_headers_error_pages_hosts_and_methods_are_ours_on_our_own_paths_only(
    app: Quart,
) -> None:
    @app.errorhandler(415)
    @app.errorhandler(HTTPException)
    async def theirs(error: HTTPException) -> tuple[str, int]:
        return "theirs", error.code or 500

    @app.get("/page")
    async def page() -> tuple[str, dict[str, str]]:
        return "page", {"Content-Security-Policy": "theirs", "Cache-Control": "max-age=60, public"}

    @app.route("/method", methods=["PROPFIND"])
    async def method() -> str:
        return "method"

    own = await ask(app, "/page")
    missing = await ask(app, "/nothing")
    strange = await ask(app, "/method", method="PROPFIND")
    login = await ask(app, "/login")
    garbage = await ask(app, "/login", method="POST", body=b"%ff")
    brewed = await ask(app, "/login", method="BREW")

    assert own.get("content-security-policy") == "theirs"
    assert own.get("cache-control") == "max-age=60, public"
    assert own.get("x-frame-options") == ""
    assert (missing.text, strange.text) == ("theirs", "method")
    assert login.get("content-security-policy").startswith(OURS)
    assert (garbage.status, "This is not a form of ours" in garbage.text) == (415, True)
    assert garbage.get("content-security-policy").startswith(OURS)
    assert brewed.status == 501


async def test_what_an_application_says_on_all_its_answers_it_says_on_ours(app: Quart) -> None:
    @app.after_request
    async def say(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "theirs"
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    login = await ask(app, "/login")

    assert login.get("content-security-policy") == "theirs"
    assert login.get("x-frame-options") == "DENY"
    # But for this: the page is one visitor's.
    assert "no-store" in login.get("cache-control")
    assert "public" not in login.get("cache-control")


@pytest.mark.parametrize("path", ["/login", "/confirm", "/logout", "/language"])
async def test_what_a_page_of_ours_cannot_do_is_said_by_one(app: Quart, path: str) -> None:
    answer = await ask(app, path, method="PUT")
    options = await ask(app, path, method="OPTIONS")

    assert (answer.status, "This address cannot do that" in answer.text) == (405, True)
    assert "POST" in answer.get("allow")
    assert "PUT" not in answer.get("allow")
    assert options.status == 200


async def test_our_forms_are_small_whatever_the_application_takes_elsewhere(
    app: Quart, visitor: httpx.AsyncClient
) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 10_000_000
    app.add_url_rule("/upload", "upload", lambda: "done", methods=["POST"])
    body = b"name=" + b"x" * 70_000
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    ours = await visitor.post("/login", content=body, headers=form)
    in_parts = await ask(
        app, "/login", method="POST", headers=form, body=(body[n::7] for n in range(7))
    )
    theirs = await visitor.post("/upload", content=body, headers=form)

    assert (ours.status_code, in_parts.status, theirs.status_code) == (413, 413, 200)


async def test_one_login_serves_several_applications(tmp_path: Path) -> None:
    login, welcomed = Login(check=check), list[str]()

    @login.on_sign_in
    async def hook(account: Account, key: str) -> None:
        welcomed.append(account.name)

    apps = [plain(tmp_path / name, LOGIN_PREFIX=f"/{name}") for name in ("one", "two")]
    for app in apps:
        login.init_app(app)
        app.add_url_rule("/who", "who", lambda: login.paths.login + login.account().name)

    for app, prefix in zip(apps, ("/one", "/two"), strict=True):
        async with browser(app) as ada:
            await ada.post(f"{prefix}/login", data={"name": "ada", "password": PASSWORD})

            assert (await ada.get("/who")).text == f"{prefix}/loginAda"
    assert welcomed == ["Ada", "Ada"]


@configured(TRUSTED_HOSTS=["example.org"])
async def test_hosts_are_checked_on_our_own_paths_only(app: Quart) -> None:
    app.add_url_rule("/page", "page", lambda: "page")

    assert (await ask(app, "/page", host="evil.example")).status == 200
    assert (await ask(app, "/login", host="evil.example")).status == 421
    assert (await ask(app, "/login", host="example.org")).status == 200


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("//login", ""),
        ("///login", ""),
        ("http://localhost/login", ""),
        ("/login", "/"),
        ("//login", "/app"),
        ("/app//login", "/app"),
        ("/elsewhere/app/login", "/app"),
    ],
)
@configured(TRUSTED_HOSTS="localhost")
async def test_however_our_path_is_written_hosts_are_checked_and_our_headers_are_there(
    app: Quart, path: str, root: str
) -> None:
    ours = await ask(app, path, root_path=root)
    elsewhere = await ask(app, path, root_path=root, host="evil.example")

    assert ours.get("content-security-policy").startswith(OURS)
    assert elsewhere.status == 421


@pytest.mark.parametrize("path", ["http://[/page", "http://localhost/login", "login"])
async def test_what_is_no_path_is_no_page(app: Quart, path: str) -> None:
    assert (await ask(app, path)).status == 400


async def test_an_outage_is_our_page_on_our_paths_and_the_applications_on_its_own(
    app: Quart, ada: httpx.AsyncClient, store: Any
) -> None:
    store.broken = True

    ours = await ada.get("/login")
    theirs = await ada.get("/notes")

    assert (ours.status_code, "We cannot serve you right now" in ours.text) == (503, True)
    assert (theirs.status_code, "We cannot serve you" in theirs.text) == (503, False)


@configured(LOGIN_PREFIX="/account")
async def test_a_prefix_moves_all_our_paths(app: Quart, visitor: httpx.AsyncClient) -> None:
    refused = await visitor.get("/notes")
    form = await visitor.get("/account/login")
    signed_in = await visitor.post(
        "/account/login", data={"name": "ada", "password": PASSWORD, "next": "/account/logout"}
    )
    style = await visitor.get(_address(form.text))

    assert refused.headers["location"] == "/account/login?next=/notes"
    assert 'action="/account/login"' in form.text
    assert 'action="/account/language"' in form.text
    assert signed_in.headers["location"] == "/"
    assert _address(form.text).startswith("/account/login/static/style.css?v=")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert (await visitor.head("/account/events")).status_code == 200
    assert (await visitor.get("/login")).status_code == 404


def _address(page: str) -> str:
    return page.partition('rel="stylesheet" href="')[2].partition('"')[0]


@pytest.mark.parametrize("comes_first", [True, False], ids=["before", "after"])
async def test_a_path_that_the_application_has_already_is_named_at_the_first_start(
    tmp_path: Path, comes_first: bool
) -> None:
    app = plain(tmp_path)
    if comes_first:
        app.add_url_rule("/logout", "bye", lambda: "bye")
    Login(app, check=check)
    if not comes_first:
        app.add_url_rule("/logout", "bye", lambda: "bye")

    with pytest.raises(ConfigurationError) as caught:
        await ask(app, "/")
    with pytest.raises(Exception, match="the application has /logout already"):
        async with app.test_app():
            pass

    assert str(caught.value) == (
        "the application has /logout already, as 'bye': take that away, or set LOGIN_PREFIX to "
        "another path"
    )


async def test_it_works_in_blueprints(app: Quart) -> None:
    blog = Blueprint("blog", __name__, url_prefix="/blog")

    @blog.get("/drafts")
    @login_required
    async def drafts() -> str:
        return f"Drafts of {current_account.name}"

    app.register_blueprint(blog)
    async with browser(app) as ada:
        refused = await ada.get("/blog/drafts")
        await sign_in(ada)

        assert refused.headers["location"] == "/login?next=/blog/drafts"
        assert (await ada.get("/blog/drafts")).text == "Drafts of Ada"


@pytest.mark.parametrize("as_setting", [False, True], ids=["root_path", "APPLICATION_ROOT"])
async def test_it_works_below_a_prefix(app: Quart, as_setting: bool) -> None:
    told: dict[str, Any] = {} if as_setting else {"root_path": "/app"}
    path = "" if as_setting else "/app"
    if as_setting:
        app.config["APPLICATION_ROOT"] = "/app"

    refused = await ask(app, f"{path}/notes", **told)
    form = await ask(app, f"{path}/login", **told)
    signed_in = await ask(
        app,
        f"{path}/login",
        method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=f"name=ada&password={PASSWORD}&next=/app/notes".encode(),
        **told,
    )

    assert refused.get("location") == "/app/login?next=/app/notes"
    assert 'action="/app/login"' in form.text
    assert signed_in.get("location") == "/app/notes"


async def test_our_static_files_cost_no_store_call_though_the_application_has_a_guard(
    app: Quart, ada: httpx.AsyncClient, store: Any
) -> None:
    page = await ada.get("/login?", headers={"Accept-Language": "en"})
    style = _address((await ask(app, "/login")).text)
    store.broken = True

    assert page.status_code == 302
    assert (await ada.get(style)).status_code == 200
    assert "set-cookie" not in (await ada.get(style)).headers


async def test_the_language_of_the_pages_leaves_the_applications_cookie_alone(
    visitor: httpx.AsyncClient,
) -> None:
    visitor.cookies.set("language", "tlh")

    answer = await visitor.post("/language", data={"language": "fr", "next": "/login"})
    form = await visitor.get("/login")

    assert answer.headers["location"] == "/login"
    assert '<html lang="fr"' in form.text
    assert visitor.cookies["language"] == "tlh"


async def test_a_name_is_believed_where_there_is_no_check(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = plain(tmp_path)
    Login(app)

    @app.get("/notes")
    @login_required
    async def notes() -> str:
        return current_account.name

    async with browser(app) as ada:
        form = await ada.get("/login")
        await ada.post("/login", data={"name": "Ada"})

        assert "password" not in form.text
        assert (await ada.get("/notes")).text == "Ada"
    assert "believes whatever name is typed" in caplog.text


async def test_sessions_of_another_library_are_named_in_one_line(tmp_path: Path) -> None:
    app = plain(tmp_path)
    Login(app, check=check)
    app.session_interface = SessionInterface()  # type: ignore[assignment]

    with pytest.raises(ConfigurationError, match=r"call Session\(app\) in the place"):
        await ask(app, "/")


async def test_signed_cookies_will_do(tmp_path: Path) -> None:
    app = plain(tmp_path, SESSION_TYPE="cookie", SECRET_KEY="x" * 32)
    Login(app, check=check)

    @app.get("/notes")
    @login_required
    async def notes() -> str:
        return current_account.name

    async with browser(app) as ada:
        await sign_in(ada)
        page = await ada.get("/notes")
        await ada.post("/logout")

        assert page.text == "Ada"
        assert (await ada.get("/notes")).status_code == 302
