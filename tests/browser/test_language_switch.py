"""The switch at the foot of each page."""

from __future__ import annotations

from tests.browser.visitor import Visitor
from tests.browser.windows import Windows
from tests.browser.words import other_than


def test_each_page_names_its_language_and_offers_the_other_in_its_own_words(
    visitor: Visitor,
) -> None:
    visitor.go("/login")

    other = other_than(visitor.words)
    switch = visitor.page.get_by_role("button", name=other.own_name, exact=True)

    assert visitor.page.locator("html").get_attribute("lang") == visitor.words.code
    assert switch.get_attribute("lang") == other.code


def test_a_browser_that_was_closed_remembers_the_language(
    visitor: Visitor, windows: Windows
) -> None:
    visitor.go("/")
    before = visitor.words

    visitor.switch_language()
    visitor.sees_the_form()
    kept = visitor.page.context.storage_state()
    page = windows.open(before.code, storage_state=kept)
    again = Visitor(page, visitor.url, other_than(before))
    again.go("/")

    again.sees_the_form()


def test_switching_on_the_way_to_a_page_still_leads_there(visitor: Visitor) -> None:
    visitor.go("/user")

    visitor.switch_language()
    visitor.name_field.fill("Ada")
    visitor.press(visitor.words.log_in_button)

    assert visitor.page.url == f"{visitor.url}/user"


def test_switching_keeps_one_signed_in(visitor: Visitor) -> None:
    visitor.log_in()

    visitor.switch_language()

    visitor.sees_who_is_signed_in()
