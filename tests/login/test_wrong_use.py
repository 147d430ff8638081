"""Wrong use says so in one line, which names the cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from quart import Quart

from quart_app import Login, login_required
from quart_app.errors import ConfigurationError
from quart_app.sessions import Session
from tests.login.conftest import check


async def one_argument(name: str) -> None: ...


async def three_arguments(name: str, password: str, code: str) -> None: ...


async def by_keyword(*, name: str, password: str) -> None: ...


async def with_a_default(name: str, password: str, code: str = "") -> None: ...


def not_async(name: str, password: str) -> None: ...


class Async:
    async def __call__(self, name: str, password: str) -> None: ...

    async def method(self, name: str, password: str) -> None: ...


@pytest.mark.parametrize("given", [not_async, "ada", 7, Async])
def test_a_check_that_is_not_awaited_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="a function that is awaited: write it as `async"):
        Login(check=given)


@pytest.mark.parametrize("given", [one_argument, three_arguments, by_keyword])
def test_a_check_with_other_arguments_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="called with a name and a password: write it"):
        Login(check=given)


@pytest.mark.parametrize("given", [check, with_a_default, Async(), Async().method])
def test_a_check_may_be_whatever_is_awaited(given: Any) -> None:
    Login(check=given)


def test_a_login_that_has_no_application_yet_says_so() -> None:
    with pytest.raises(ConfigurationError, match=r"no application yet: call init_app\(app\) first"):
        Login().account()


async def test_after_the_first_request_it_is_too_late() -> None:
    app = Quart(__name__)
    await app.test_client().get("/")

    with pytest.raises(ConfigurationError, match="call it before the first request"):
        Login(app, check=check)


async def test_after_the_start_it_is_too_late() -> None:
    app = Quart(__name__)

    async with app.test_app():
        with pytest.raises(ConfigurationError, match="call it before the first request"):
            Login(app, check=check)


async def test_within_a_request_it_is_too_late() -> None:
    app = Quart(__name__)

    async with app.test_request_context("/"):
        with pytest.raises(ConfigurationError, match="call it before the first request"):
            Login(app, check=check)


async def test_a_setting_that_comes_too_late_ends_the_start() -> None:
    app = Quart(__name__)
    Login(app, check=check)
    app.config["SITE_NAME"] = "Notes"

    with pytest.raises(ConfigurationError, match=r"SITE_NAME was set after Login\(app\) read it"):
        await app.test_client().get("/login")


def test_a_hook_is_awaited(login: Login) -> None:
    with pytest.raises(ConfigurationError, match="write it as `async def`"):
        login.on_sign_in(not_async)  # type: ignore[type-var]


def test_an_application_has_one(app: Quart) -> None:
    with pytest.raises(ConfigurationError, match="has its Login already"):
        Login(app, check=check)


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"LOGIN_MODE": "check"}, r"LOGIN_MODE is 'check': give Login\(app, check=…\) a function"),
        ({"LOGIN_MODE": "ldap"}, "LOGIN_MODE is 'ldap': set it to 'name' or 'check'"),
        *(
            ({"LOGIN_PREFIX": prefix}, "set it to a path such as '/account'")
            for prefix in ("account", "/account/", "/", "/a b", "/<x>", "//x")
        ),
        *(
            (
                {"LOGIN_PREFIX": "/account", name: path},
                f"{name} is '{path}': set it to another path",
            )
            for name, path in (
                ("LOGIN_REDIRECT", "/account/login"),
                ("LOGIN_REDIRECT", "/account/confirm"),
                ("LOGOUT_REDIRECT", "/account/logout/"),
            )
        ),
        ({"LOGIN_CHECKS_AT_ONCE": 0}, "a positive whole number"),
        (
            {"TEMPLATE_DIR": "/nowhere/at/all"},
            "TEMPLATE_DIR is '/nowhere/at/all': make that folder",
        ),
        ({"LOCALE_DIR": "/nowhere/at/all"}, "LOCALE_DIR is '/nowhere/at/all': make that folder"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_once(
    tmp_path: Path, config: dict[str, Any], line: str
) -> None:
    app = Quart(__name__)
    app.config.update(DATA_DIR=tmp_path, **config)
    Session(app)

    with pytest.raises(ConfigurationError, match=line) as caught:
        Login(app)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_a_redirect_to_a_page_of_the_applications_own_is_no_circle(
    tmp_path: Path, path: str
) -> None:
    app = Quart(__name__)
    app.config.update(DATA_DIR=tmp_path, LOGIN_PREFIX="/account", LOGIN_REDIRECT=path)

    Login(app, check=check)


@pytest.mark.parametrize("name", ["login_language", "just_signed_in"])
def test_the_sessions_cookie_has_a_name_of_its_own(tmp_path: Path, name: str) -> None:
    app = Quart(__name__)
    app.config.update(DATA_DIR=tmp_path, SESSION_TYPE="memory", SESSION_COOKIE_NAME=name)

    with pytest.raises(ConfigurationError, match="the name of another cookie"):
        Login(app, check=check).complete()


def test_the_way_in_does_not_lead_to_itself(tmp_path: Path) -> None:
    app = Quart(__name__)
    app.config.update(DATA_DIR=tmp_path, LOGIN_PREFIX="/account", LOGIN_REDIRECT="/account/login")

    with pytest.raises(ConfigurationError, match=r"LOGIN_REDIRECT is '/account/login'.* circles"):
        Login(app, check=check).complete()


def test_a_guard_above_a_route_is_refused_since_it_guards_nothing(app: Quart, login: Login) -> None:
    @login_required
    @app.get("/secrets")
    async def secrets() -> str:
        return "open"

    del secrets  # as where a function makes the application

    with pytest.raises(ConfigurationError, match="'secrets' answers everybody: write @login_re"):
        login.complete()


def test_a_handler_may_be_open_on_one_route_and_guarded_on_another(
    app: Quart, login: Login
) -> None:
    async def notes() -> str:
        return "some, or all"

    app.add_url_rule("/some", "some", notes)
    app.add_url_rule("/all", "all", login_required(notes))

    login.complete()
