"""Starts a real Chromium; nothing else in the tests imports Playwright when it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.kit.programs import missing, needed

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# For Chromium this is our own machine, and yet a place out in the world: over plain http it is
# not to be trusted, while 127.0.0.1 is.
ELSEWHERE = "site.test"
OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
)
# What Playwright turns off, and people have: a page kept whole for the Back button.
AS_PEOPLE_HAVE_IT = ("--disable-back-forward-cache",)


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """Until the end of the block. Skips the test where there is none, but not in CI."""
    program = needed(*PROGRAMS, package="chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("no playwright here: pip install playwright, and apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=[*OPTIONS, *options],
            ignore_default_args=AS_PEOPLE_HAVE_IT,
        )
        yield browser
        browser.close()
