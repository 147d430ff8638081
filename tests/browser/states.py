"""Every page in every state that somebody can see it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from tests.browser.site import NAME, PASSWORD, Sites
from tests.browser.visitor import Visitor
from tests.kit.chromium import ELSEWHERE

LONGEST = "W" * 100
UNREACHABLE = {"SESSION_TYPE": "redis", "SESSION_URI": "redis://127.0.0.1:1"}

State = Callable[[Visitor, Sites], None]


def _log_in_form(visitor: Visitor, _: Sites) -> None:
    visitor.go("/login")
    visitor.sees_the_form()


def _error(visitor: Visitor, _: Sites) -> None:
    visitor.log_in("   ")
    visitor.sees(visitor.words.enter_your_name)


def _lost_cookie(visitor: Visitor, sites: Sites) -> None:
    visitor.url = sites.url(SESSION_COOKIE_SECURE=True).replace("127.0.0.1", ELSEWHERE)
    visitor.log_in()
    visitor.sees(visitor.words.lost_cookie)


def _home(visitor: Visitor, _: Sites) -> None:
    visitor.log_in(LONGEST)
    visitor.sees_who_is_signed_in(LONGEST)


def _home_signed_out(visitor: Visitor, sites: Sites) -> None:
    visitor.url = sites.url(HOME_PUBLIC=True)
    visitor.go("/")
    visitor.sees(visitor.words.not_logged_in)


def _user(visitor: Visitor, _: Sites) -> None:
    visitor.log_in(LONGEST, path="/login?next=/user")
    visitor.page.get_by_role("heading", name=LONGEST).wait_for()


def _log_out_question(visitor: Visitor, _: Sites) -> None:
    visitor.log_in()
    visitor.go("/logout")
    visitor.page.get_by_role("heading", name=visitor.words.log_out).wait_for()


def _no_such_page(visitor: Visitor, _: Sites) -> None:
    visitor.go("/nowhere")
    visitor.sees("404")


def _store_unreachable(visitor: Visitor, sites: Sites) -> None:
    visitor.url = sites.url(**UNREACHABLE)
    visitor.log_in()
    visitor.sees("503")


def _to_be_asked_for_again(visitor: Visitor, sites: Sites) -> None:
    visitor.url = sites.url(**UNREACHABLE)
    # As from before the outage: without one, no store would have to be asked.
    cookie = {"name": "session", "value": "A" * 43, "url": visitor.url}
    visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]
    visitor.go("/")
    visitor.page.get_by_role("link", name=visitor.words.try_again, exact=True).wait_for()


def _asks_password(visitor: Visitor, sites: Sites) -> None:
    visitor.url = sites.url(LOGIN_MODE="password")
    visitor.go("/login")
    visitor.page.locator("#password").wait_for()


def _wrong_password(visitor: Visitor, sites: Sites) -> None:
    _asks_password(visitor, sites)
    visitor.gives_password(NAME, "not the right one")
    visitor.page.get_by_role("alert").wait_for()


def _confirm(visitor: Visitor, sites: Sites) -> None:
    _signed_in_by_password(visitor, sites)
    visitor.go("/confirm")
    visitor.page.locator("#password").wait_for()


def _signed_in_by_password(visitor: Visitor, sites: Sites) -> None:
    _asks_password(visitor, sites)
    visitor.gives_password(NAME, PASSWORD)
    visitor.page.wait_for_url("**/")


def _user_with_account(visitor: Visitor, sites: Sites) -> None:
    _signed_in_by_password(visitor, sites)
    visitor.go("/user")


def _new_password(visitor: Visitor, sites: Sites) -> None:
    _signed_in_by_password(visitor, sites)
    visitor.go("/password")
    visitor.page.locator("#new").wait_for()


def _new_password_refused(visitor: Visitor, sites: Sites) -> None:
    _new_password(visitor, sites)
    visitor.sets_password(PASSWORD, "short")
    visitor.page.get_by_role("alert").wait_for()


def _sessions(visitor: Visitor, sites: Sites) -> None:
    _signed_in_by_password(visitor, sites)
    with httpx.Client(base_url=visitor.url) as other:
        other.post("/login", data={"name": NAME, "password": PASSWORD})
    visitor.go("/sessions")
    visitor.page.locator("[name=others]").wait_for()


STATES: Mapping[str, State] = {
    "log in": _log_in_form,
    "log in, with an error": _error,
    "log in, after a lost cookie": _lost_cookie,
    "home": _home,
    "home, signed out": _home_signed_out,
    "user": _user,
    "log out, asked": _log_out_question,
    "log in, with a password": _asks_password,
    "log in, with a wrong one": _wrong_password,
    "confirm": _confirm,
    "user, who has an account": _user_with_account,
    "new password": _new_password,
    "new password, refused": _new_password_refused,
    "sessions": _sessions,
    "404": _no_such_page,
    "503": _store_unreachable,
    "503, to be asked for again": _to_be_asked_for_again,
}
