"""What can be typed, and what is said of it."""

from __future__ import annotations

import pytest

from tests.browser.visitor import Visitor
from tests.browser.words import in_one_language

TOO_LONG = "ab" * 51
SHAHRAZAD = "شهرزاد (بنت) 12"
NAMES = (SHAHRAZAD, "<b>Ada</b><script>alert(1)</script>", "Zoë 李 👩🏽‍💻", 'O\'Brien & "Söhne"')


def test_an_error_stands_below_its_field_which_has_the_focus(visitor: Visitor) -> None:
    visitor.log_in("   ")
    error = visitor.page.get_by_text(visitor.words.enter_your_name, exact=True)
    above, below = visitor.name_field.bounding_box(), error.bounding_box()

    assert above is not None
    assert below is not None
    assert 0 <= below["y"] - (above["y"] + above["height"]) < 16
    assert below["x"] == pytest.approx(above["x"], abs=1)
    assert visitor.page.locator("input:focus").get_attribute("name") == "name"


def test_the_title_of_a_form_that_came_back_says_so_first(visitor: Visitor) -> None:
    visitor.go("/login")
    assert visitor.page.title() == visitor.words.log_in

    visitor.log_in("   ")

    assert visitor.page.title() == f"{visitor.words.error}: {visitor.words.log_in}"


@in_one_language
def test_an_error_is_tied_to_its_field_for_who_cannot_see(visitor: Visitor) -> None:
    visitor.log_in("   ")

    field = visitor.page.locator("input[aria-invalid=true]")
    described_by = field.get_attribute("aria-describedby")

    error = visitor.page.locator(f"#{described_by}")
    assert error.text_content() == visitor.words.enter_your_name
    assert error.get_attribute("role") == "alert"


def test_after_an_error_the_name_is_still_there_to_be_mended(visitor: Visitor) -> None:
    visitor.go("/login?next=/user")
    visitor.name_field.evaluate("field => field.removeAttribute('maxlength')")
    visitor.name_field.fill(TOO_LONG)
    visitor.press(visitor.words.log_in_button)
    visitor.sees(visitor.words.name_too_long)
    assert visitor.name_field.input_value() == TOO_LONG

    visitor.name_field.fill("Ada")
    visitor.press(visitor.words.log_in_button)

    assert visitor.page.url == f"{visitor.url}/user"


@in_one_language
def test_the_browser_itself_asks_for_a_name_that_is_missing(visitor: Visitor) -> None:
    visitor.go("/login")

    visitor.page.get_by_role("button", name=visitor.words.log_in_button, exact=True).click()

    assert visitor.page.locator("#name:invalid:focus").count() == 1
    assert visitor.page.locator("[aria-invalid]").count() == 0


@in_one_language
def test_names_of_every_script_are_shown_as_they_are_and_never_as_markup(visitor: Visitor) -> None:
    for name in NAMES:
        visitor.log_in(name)
        visitor.sees_who_is_signed_in(name)
        visitor.go("/user")

        assert visitor.page.get_by_role("heading").all_text_contents() == [name]
        assert visitor.page.title() == name
        visitor.log_out()


@in_one_language
def test_a_name_from_right_to_left_leaves_the_words_about_it_in_order(visitor: Visitor) -> None:
    visitor.go("/login")
    visitor.name_field.fill(SHAHRAZAD)
    assert visitor.page.locator("#name:dir(rtl)").count() == 1

    visitor.press(visitor.words.log_in_button)
    edges = visitor.page.get_by_text(visitor.words.signed_in(SHAHRAZAD)).evaluate(
        """sentence => [...sentence.childNodes].flatMap(part => {
            const range = document.createRange();
            range.selectNodeContents(part);
            const box = range.getBoundingClientRect();
            return [box.left, box.right];
        })"""
    )

    assert edges == sorted(edges)
    assert len(edges) == 6
