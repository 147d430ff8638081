"""Where Firefox does otherwise than Chromium: it lets go of a page's stream before the page that
comes in its place is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kit.firefox import Firefox, FirefoxTab
from tests.kit.servers import login_pages

SIGN_IN = """(() => {
    document.querySelector("#name").value = "Ada";
    document.querySelector("main form").submit();
})()"""
SIGN_OUT = "document.querySelector('form[action$=logout]').submit()"
SHOWS_ADA = "document.body.innerText.includes('Ada')"
SHOWS_THE_FORM = "document.querySelector('#name') !== null"
REMEMBER_PAUSES = """() => {
    const wait = window.setTimeout;
    window.setTimeout = (then, ms) => {
        sessionStorage.pauses = `${sessionStorage.pauses ?? ""} ${ms}`;
        return wait(then, ms);
    };
}"""
# What it waits for after `beforeunload` takes ten seconds, and holds nothing up.
PAUSES = "(sessionStorage.pauses ?? '').split(' ').filter((ms) => ms > 0 && ms < 10_000).join()"


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    with Firefox.running() as running:
        running.ask("script.addPreloadScript", functionDeclaration=REMEMBER_PAUSES)
        yield running


@pytest.fixture(scope="module")
def url(firefox: Firefox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Nothing is started where there is no browser."""
    with login_pages(tmp_path_factory.mktemp("site")) as site:
        yield site.url


def signed_in(firefox: Firefox, url: str) -> FirefoxTab:
    tab = firefox.tab()
    tab.go(f"{url}/login")
    tab.evaluate(SIGN_IN)
    tab.until(SHOWS_ADA)
    return tab


def test_after_a_sign_out_in_another_tab_the_form_is_there_without_a_pause(
    firefox: Firefox, url: str
) -> None:
    here = signed_in(firefox, url)
    there = firefox.tab()
    there.go(f"{url}/user")

    here.evaluate(SIGN_OUT)

    there.until(SHOWS_THE_FORM)
    assert there.evaluate(PAUSES) == ""
