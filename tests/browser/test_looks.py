"""The one stylesheet does what it is for; how it looks is for eyes to judge."""

from __future__ import annotations

import pytest

from tests.browser.conftest import NewVisitor
from tests.browser.words import in_one_language

WALL = 2560
WIDEST_COLUMN = 480


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
