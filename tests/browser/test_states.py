"""What holds for every page in every state and every language."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from tests.browser.site import Sites
from tests.browser.states import STATES
from tests.browser.visitor import Visitor
from tests.browser.windows import Windows
from tests.browser.words import ARABIC, LANGUAGES, Words
from tests.catalogues import ARABIC as LOCALES
from tests.kit.programs import file_of_npm

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, TABLET, WALL = 320, 768, 2560
# Not among axe's own: seven to one, for who sees little.
BESIDES = {"color-contrast-enhanced": {"enabled": True}}
_DIRECTION = "getComputedStyle(document.querySelector('main')).direction"
# Of all lines, from the side on which they begin; what stands in a frame of its own left out.
_BEGINNINGS = """() => {
    const isFromRight = document.dir === "rtl";
    const parts = "main > :is(h1, p:not(.notice)), main label, main .actions > :first-child";
    return [...new Set([...document.querySelectorAll(parts)].map(part => {
        const text = document.createRange();
        text.selectNodeContents(part);
        const box = (part.matches(".actions *") ? part : text).getBoundingClientRect();
        return Math.round(isFromRight ? innerWidth - box.right : box.left);
    }))];
}"""
_STICKING_OUT = """textSize => {
    document.documentElement.style.fontSize = textSize;
    return [...document.querySelectorAll("html, body *")].filter(e => {
        const box = e.getBoundingClientRect();
        const isCut = e.clientWidth > 0 && e.scrollWidth > e.clientWidth && e.tagName != "INPUT";
        return isCut || box.left < 0 || box.right > innerWidth;
    }).map(e => e.outerHTML.slice(0, 80));
}"""


# What pa11y runs; it shows its errors, and not what a person has to look at.
_PA11Y = ("@pa11y/html_codesniffer", "build/HTMLCS.js")
_MESSAGES = """() => new Promise((resolve, reject) => {
    HTMLCS.process("WCAG2AA", document, error => error ? reject(error) : resolve(
        HTMLCS.getMessages().map(({type, code, msg, element}) => ({
            isError: type === HTMLCS.ERROR, said: [code, msg, element.outerHTML?.slice(0, 80)],
        }))
    ));
})"""


@pytest.fixture(scope="module", params=(*LANGUAGES, ARABIC), ids=str)
def words(request: pytest.FixtureRequest) -> Words:
    chosen: Words = request.param
    return chosen


@pytest.fixture(scope="module")
def sites(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """In all these languages. Nothing is started where there is no browser."""
    with Sites.under(tmp_path_factory.mktemp("states"), LOCALE_DIR=str(LOCALES)) as started:
        yield started


@pytest.fixture(scope="module", params=STATES)
def page(
    request: pytest.FixtureRequest, browser: Browser, sites: Sites, words: Words
) -> Iterator[Page]:
    """One of them, the same for all tests below: none changes what is on it."""
    windows = Windows(browser)
    visitor = Visitor(windows.open(words.code), sites.url(), words)
    STATES[request.param](visitor, sites)
    yield visitor.page
    windows.close()
    assert windows.complaints == []


def test_what_is_written_begins_where_its_language_does(page: Page, words: Words) -> None:
    page.set_viewport_size({"width": TABLET, "height": 640})

    assert page.evaluate(_DIRECTION) == ("rtl" if words is ARABIC else "ltr")
    assert len(page.evaluate(_BEGINNINGS)) == 1


def test_nothing_sticks_out_on_a_phone_or_a_wall_or_with_letters_twice_as_large(
    page: Page,
) -> None:
    for width, text_size in ((PHONE, "100%"), (PHONE, "200%"), (TABLET, "200%"), (WALL, "100%")):
        page.set_viewport_size({"width": width, "height": 640})

        assert page.evaluate(_STICKING_OUT, text_size) == [], f"at {width} pixels, {text_size}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate(files("axe_core_python").joinpath("axe.min.js").read_text())

    found = page.evaluate("rules => axe.run({rules})", BESIDES)

    assert [(broken["id"], broken["nodes"]) for broken in found["violations"]] == []
    assert len(found["passes"]) > 10


def test_pa11y_finds_nothing(page: Page) -> None:
    page.evaluate(file_of_npm(*_PA11Y))

    found = page.evaluate(_MESSAGES)

    assert [each["said"] for each in found if each["isError"]] == []
    assert len(found) > 10
