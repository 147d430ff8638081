"""Everything can be done without a mouse, and one sees where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.contrast import contrast
from tests.browser.visitor import Visitor
from tests.browser.words import in_one_language, other_than

if TYPE_CHECKING:
    from playwright.sync_api import Page

ENOUGH_FOR_EDGES = 3
_FOCUSED = "(e => e.labels?.[0]?.innerText ?? e.innerText)(document.activeElement)"
_RING = """(e => {
    const style = getComputedStyle(e);
    const behind = getComputedStyle(e.closest("main") ?? document.body).backgroundColor;
    return [style.outlineStyle, parseFloat(style.outlineWidth), style.outlineColor, behind];
})(document.activeElement)"""
_EDGE = """(e => [getComputedStyle(e).borderTopColor,
    getComputedStyle(e.closest("main")).backgroundColor])(document.querySelector("input[type=text]"))"""


def tab(page: Page) -> str:
    """What has the focus after one Tab more."""
    page.keyboard.press("Tab")
    return str(page.evaluate(_FOCUSED))


def test_tab_leads_through_the_form_in_the_order_of_reading(visitor: Visitor) -> None:
    visitor.go("/login")

    visitor.page.locator("#name:focus").wait_for()
    reached = [visitor.page.evaluate(_FOCUSED), tab(visitor.page), tab(visitor.page)]

    other = other_than(visitor.words)
    assert reached == [visitor.words.name, visitor.words.log_in_button, other.own_name]


def test_logging_in_and_out_takes_no_mouse(visitor: Visitor) -> None:
    visitor.go("/")

    visitor.page.locator("#name:focus").wait_for()
    visitor.page.keyboard.type("Ada")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.sees_who_is_signed_in("Ada")
    assert tab(visitor.page) == visitor.words.account
    assert tab(visitor.page) == visitor.words.log_out
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")

    visitor.sees_the_form()


@in_one_language
@pytest.mark.parametrize("name", ["", "   "], ids=["at first", "after an error"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_the_focus_has_a_ring_that_stands_out(
    visitor: Visitor, scheme: str, name: str
) -> None:
    visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    visitor.log_in(name) if name else visitor.go("/login")
    visitor.page.locator("#name:focus").wait_for()

    for _ in range(3):
        style, width, colour, behind = visitor.page.evaluate(_RING)
        assert style == "solid"
        assert width >= 2
        assert contrast(colour, behind) >= ENOUGH_FOR_EDGES
        tab(visitor.page)


@in_one_language
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_field_has_an_edge_that_stands_out(visitor: Visitor, scheme: str) -> None:
    visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    visitor.go("/login")

    assert contrast(*visitor.page.evaluate(_EDGE)) >= ENOUGH_FOR_EDGES
