"""A name and a password, in every language, with and without script."""

from __future__ import annotations

import pytest

from tests.browser.conftest import NewVisitor
from tests.browser.site import NAME, PASSWORD, Sites
from tests.browser.words import in_one_language

OTHER = "another horse, another staple"
_PASTE = """([field, text]) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    return field.dispatchEvent(
        new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without"])
def test_who_has_an_account_logs_in_sets_a_new_password_and_ends_other_sessions(
    new_visitor: NewVisitor, sites: Sites, scripts: bool
) -> None:
    visitor = new_visitor(java_script_enabled=scripts)
    # One of its own: the password is another one afterwards.
    visitor.url = sites.url(LOGIN_MODE="password", SITE_NAME=f"{visitor.words}-{scripts}")
    other = new_visitor(java_script_enabled=scripts)
    other.url = visitor.url

    visitor.go("/login")
    visitor.gives_password(NAME, "not the right one")
    visitor.sees(visitor.words.wrong)
    visitor.gives_password(NAME, PASSWORD)
    visitor.sees_who_is_signed_in(NAME)
    other.go("/login")
    other.gives_password(NAME, PASSWORD)
    visitor.go("/password")
    visitor.sets_password(PASSWORD, OTHER)
    visitor.sees(visitor.words.password_holds)
    other.go("/")
    other.sees_the_form()
    other.gives_password(NAME, OTHER)
    other.sees_who_is_signed_in(NAME)
    visitor.go("/sessions")
    visitor.press(visitor.words.end_others)
    visitor.sees(visitor.words.ended_elsewhere)
    other.go("/")
    other.sees_the_form()


@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without"])
def test_a_script_adds_a_button_that_shows_the_password_until_it_is_sent(
    new_visitor: NewVisitor, sites: Sites, scripts: bool
) -> None:
    visitor = new_visitor(java_script_enabled=scripts)
    visitor.url = sites.url(LOGIN_MODE="password")
    visitor.go("/login")
    field = visitor.page.locator("#password")
    button = visitor.page.get_by_role("button", name=visitor.words.show_password)

    assert button.count() == (1 if scripts else 0)
    assert field.get_attribute("type") == "password"
    if scripts:
        button.click()
        shown = field.get_attribute("type"), button.get_attribute("aria-pressed")
        button.click()

        assert shown == ("text", "true")
        assert field.get_attribute("type") == "password"


@in_one_language
def test_managers_of_passwords_find_their_way_and_nothing_keeps_one_from_pasting(
    new_visitor: NewVisitor, sites: Sites
) -> None:
    visitor = new_visitor()
    visitor.url = sites.url(LOGIN_MODE="password")

    def fields() -> list[list[str | None]]:
        found = visitor.page.locator("form.stack input:not([type=hidden])").all()
        return [[each.get_attribute("name"), each.get_attribute("autocomplete")] for each in found]

    visitor.go("/login")
    log_in = fields()
    field = visitor.page.locator("#password").element_handle()
    is_let = visitor.page.evaluate(_PASTE, [field, PASSWORD])
    visitor.gives_password(NAME, PASSWORD)
    visitor.go("/password")

    assert log_in == [["name", "username"], ["password", "current-password"]]
    assert is_let
    assert fields() == [
        [None, "username"],
        ["password", "current-password"],
        ["new", "new-password"],
    ]
