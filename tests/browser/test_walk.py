"""Signing in and out, in every language."""

from __future__ import annotations

import pytest

from tests.browser.conftest import NewVisitor
from tests.browser.site import Sites
from tests.browser.visitor import Visitor
from tests.browser.words import in_one_language


def test_who_logs_in_is_greeted_by_name(visitor: Visitor) -> None:
    visitor.go("/")
    visitor.sees_the_form()

    visitor.log_in("Ada")

    visitor.sees_who_is_signed_in("Ada")
    assert visitor.page.url == f"{visitor.url}/"


def test_reloading_keeps_one_signed_in_and_sends_no_form_again(visitor: Visitor) -> None:
    visitor.log_in()

    answer = visitor.page.reload()

    assert answer is not None
    assert answer.request.method == "GET"
    visitor.sees_who_is_signed_in()


def test_a_second_tab_is_signed_in_as_well(visitor: Visitor) -> None:
    visitor.log_in()
    other = visitor.other_tab()

    other.go("/")

    other.sees_who_is_signed_in()


@in_one_language
@pytest.mark.parametrize("scripts", [True, False], ids=["at once", "with its next click"])
def test_logging_out_in_one_tab_logs_out_the_other(new_visitor: NewVisitor, scripts: bool) -> None:
    visitor = new_visitor(java_script_enabled=scripts)
    visitor.log_in()
    other = visitor.other_tab()
    other.go("/user")

    visitor.log_out()
    if not scripts:
        other.page.reload()

    other.sees_the_form()


@in_one_language
def test_another_browser_is_not_signed_in(new_visitor: NewVisitor) -> None:
    new_visitor().log_in()
    stranger = new_visitor()

    stranger.go("/user")

    stranger.sees_the_form()


@pytest.mark.parametrize("path", ["/", "/user"])
def test_after_logging_out_back_shows_nothing_private(visitor: Visitor, path: str) -> None:
    visitor.log_in()
    visitor.go(path)
    visitor.log_out()
    visitor.sees_the_form()

    visitor.go_back()

    visitor.sees_the_form()


def test_after_logging_out_the_browser_holds_no_cookie(visitor: Visitor) -> None:
    visitor.log_in()
    [cookie] = visitor.page.context.cookies()

    visitor.log_out()
    visitor.sees_the_form()

    assert cookie["httpOnly"]
    assert visitor.page.context.cookies() == []


@in_one_language
def test_the_cookie_of_before_logging_out_is_worth_nothing_after(visitor: Visitor) -> None:
    visitor.log_in()
    kept = visitor.page.context.storage_state()["cookies"]
    visitor.log_out()

    visitor.page.context.add_cookies(kept)  # type: ignore[arg-type]
    visitor.go("/user")

    visitor.sees_the_form()


@in_one_language
def test_who_came_for_a_page_gets_there_after_logging_in(visitor: Visitor) -> None:
    visitor.go("/user")
    visitor.name_field.fill("Ada")

    visitor.press(visitor.words.log_in_button)

    visitor.page.get_by_role("heading", name="Ada", exact=True).wait_for()
    assert visitor.page.url == f"{visitor.url}/user"


@in_one_language
def test_a_public_home_offers_to_log_in(visitor: Visitor, sites: Sites) -> None:
    visitor.url = sites.url(HOME_PUBLIC=True)
    visitor.go("/")
    visitor.sees(visitor.words.not_logged_in)

    visitor.page.get_by_role("link", name=visitor.words.log_in, exact=True).click()

    visitor.page.get_by_role("heading", name=visitor.words.log_in, exact=True).wait_for()


@in_one_language
def test_an_address_typed_asks_before_it_logs_out(visitor: Visitor) -> None:
    visitor.log_in()

    visitor.go("/logout")
    visitor.go("/")
    visitor.sees_who_is_signed_in()
    visitor.go("/logout")
    visitor.log_out()

    visitor.sees_the_form()


def test_everything_works_without_scripts(new_visitor: NewVisitor) -> None:
    visitor = new_visitor(java_script_enabled=False)

    visitor.log_in("   ")
    visitor.sees(visitor.words.enter_your_name)
    visitor.log_in("Ada")
    visitor.sees_who_is_signed_in("Ada")
    visitor.log_out()

    visitor.sees_the_form()
