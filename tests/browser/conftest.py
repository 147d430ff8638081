"""A Chromium, sites to visit, and visitors of each language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.site import Sites
from tests.browser.visitor import Visitor
from tests.browser.windows import Windows
from tests.browser.words import LANGUAGES, Words
from tests.kit.chromium import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NewVisitor = Callable[..., Visitor]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # No longer than this package: below Playwright an event loop runs, and other tests have theirs.
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def sites(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Nothing is started where there is no browser."""
    with Sites.under(tmp_path_factory.mktemp("sites")) as started:
        yield started


@pytest.fixture
def windows(browser: Browser) -> Iterator[Windows]:
    """Whatever a test looks at, its end fails if Chromium complained meanwhile."""
    opened = Windows(browser)
    yield opened
    opened.close()
    assert opened.complaints == []


@pytest.fixture(scope="package", params=LANGUAGES, ids=str)
def words(request: pytest.FixtureRequest) -> Words:
    """Each test is run in each language, but for those `in_one_language`."""
    chosen: Words = request.param
    return chosen


@pytest.fixture
def new_visitor(windows: Windows, sites: Sites, words: Words) -> NewVisitor:
    """Somebody with a browser set up so: `new_visitor(color_scheme="dark")`."""

    def make(**options: Any) -> Visitor:
        return Visitor(windows.open(words.code, **options), sites.url(), words)

    return make


@pytest.fixture
def visitor(new_visitor: NewVisitor) -> Visitor:
    """Somebody with a browser as it comes."""
    return new_visitor()
