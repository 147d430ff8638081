"""The one stylesheet does what it is for; how it looks is for eyes to judge."""

from __future__ import annotations

import pytest

from tests.browser.conftest import NewVisitor
from tests.browser.contrast import contrast
from tests.browser.words import in_one_language

WALL = 2560
WIDEST_COLUMN = 480
ENOUGH_FOR_TEXT = 7
_COLOURS = """all => all.map(e => {
    const style = getComputedStyle(e);
    return {ground: style.backgroundColor, ink: style.color, edge: style.borderTopColor};
})"""


@in_one_language
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_are_those_that_the_visitor_prefers(
    new_visitor: NewVisitor, scheme: str
) -> None:
    visitor = new_visitor(color_scheme=scheme)
    visitor.go("/login")

    ground = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")

    is_light = sum(map(int, ground[len("rgb(") : -1].split(","))) > 3 * 128
    assert is_light == (scheme == "light")


@in_one_language
def test_on_a_wide_screen_it_stays_one_narrow_column_in_the_middle(
    new_visitor: NewVisitor,
) -> None:
    visitor = new_visitor(viewport={"width": WALL, "height": 1440})
    visitor.go("/login")

    column = visitor.page.locator("main").bounding_box()

    assert column is not None
    assert column["width"] <= WIDEST_COLUMN
    assert column["x"] + column["width"] / 2 == pytest.approx(WALL / 2, abs=10)


@in_one_language
def test_what_one_presses_is_large_enough_for_a_thumb(new_visitor: NewVisitor) -> None:
    visitor = new_visitor(viewport={"width": 320, "height": 568})
    visitor.go("/login")

    for pressed in visitor.page.locator("button, input[type=text]").all():
        box = pressed.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 44


@in_one_language
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_the_systems_own_colours_what_is_meant_to_be_pressed_stands_out(
    new_visitor: NewVisitor, scheme: str
) -> None:
    visitor = new_visitor(forced_colors="active", color_scheme=scheme)
    visitor.log_in()

    first, second = visitor.page.locator(".actions .button, .actions button").evaluate_all(_COLOURS)

    assert first["ground"] == second["ink"]
    assert first["ink"] == second["ground"]
    assert second["edge"] == second["ink"]


@in_one_language
def test_on_paper_there_is_nothing_to_press_and_no_dark_ground(new_visitor: NewVisitor) -> None:
    visitor = new_visitor(color_scheme="dark")
    visitor.log_in()
    visitor.page.emulate_media(media="print")

    ink = visitor.page.evaluate("getComputedStyle(document.body).color")
    ground = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert contrast(ink, "rgb(255, 255, 255)") >= ENOUGH_FOR_TEXT
    assert ground == "rgba(0, 0, 0, 0)"
    assert visitor.page.locator("a:visible, button:visible").count() == 0
    visitor.sees_who_is_signed_in()
