"""The cookie and the caches of a real browser, over TLS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit.chromium import chromium
from tests.kit.processes import Program
from tests.kit.servers import HYPERCORN_ALONE, configured
from tests.serving.certificates import self_signed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

DOORS = "tests.serving.programs.doors:app"
# Chromium alone keeps even no-store pages there until a cookie changes, and now and then notices
# that too late. Without this it leaves them out, as every other browser does.
KEPT_OUT = "--disable-features=CacheControlNoStoreEnterBackForwardCache"
SECURE = {"SESSION_COOKIE_NAME": "__Host-session", "SESSION_COOKIE_SECURE": True}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(KEPT_OUT) as started:
        yield started


def site(folder: Path, **config: Any) -> Iterator[str]:
    """The address of a server of its own, once it answers."""
    certificate, key = self_signed(folder)
    tls = ("--certfile", str(certificate), "--keyfile", str(key))
    config = {**SECURE, "SESSION_FILE_DIR": str(folder / "sessions"), **config}
    with Program.running(*HYPERCORN_ALONE, *tls, DOORS, environment=configured(config)) as program:
        program.complains("Running on https://")
        yield f"https://localhost:{program.port}"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def url_for_embedding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    config = {"SESSION_COOKIE_PARTITIONED": True, "SESSION_COOKIE_SAMESITE": "None"}
    yield from site(tmp_path_factory.mktemp("embedded"), **config)


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without any past."""
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(5_000)
    yield context
    context.close()


def enter(window: BrowserContext, url: str, *, remember: bool = False) -> Page:
    """A tab in which Ada has signed in."""
    page = window.new_page()
    page.goto(f"{url}/login")
    page.fill("input[name=name]", "ada")
    if remember:
        page.check("input[name=remember]")
    page.click("button")
    assert who(page) == "secret of ada"
    return page


def who(page: Page) -> str | None:
    return page.text_content("#who")


def test_the_browser_keeps_the_cookie_with_all_its_flags(window: BrowserContext, url: str) -> None:
    enter(window, url)

    [cookie] = window.cookies()

    assert cookie["name"] == "__Host-session"
    assert cookie["secure"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie["domain"] == "localhost"


def test_scripts_of_the_page_do_not_see_the_cookie(window: BrowserContext, url: str) -> None:
    page = enter(window, url)

    seen = page.evaluate("document.cookie")

    assert seen == ""


def test_after_signing_out_the_cookie_is_gone_from_the_browser(
    window: BrowserContext, url: str
) -> None:
    page = enter(window, url)

    page.click("button")
    page.wait_for_url(f"{url}/public")

    assert window.cookies() == []


def test_after_signing_out_back_shows_nothing_private(window: BrowserContext, url: str) -> None:
    page = enter(window, url)
    page.click("button")
    page.wait_for_url(f"{url}/public")

    page.go_back()

    assert page.url == f"{url}/"
    assert who(page) == "nobody"


def test_after_signing_out_in_one_tab_back_shows_nothing_private_in_the_other(
    window: BrowserContext, url: str
) -> None:
    page = enter(window, url)
    other = window.new_page()
    other.goto(url)
    other.click("a")
    other.wait_for_url(f"{url}/public")
    page.click("button")
    page.wait_for_url(f"{url}/public")

    other.go_back()

    assert who(other) == "nobody"


def test_two_tabs_share_one_session(window: BrowserContext, url: str) -> None:
    page, other = enter(window, url), window.new_page()

    other.goto(url)
    seen_before = who(other)
    other.click("button")
    other.wait_for_url(f"{url}/public")
    page.reload()

    assert seen_before == "secret of ada"
    assert who(page) == "nobody"


def test_by_default_the_cookie_ends_with_the_browser(window: BrowserContext, url: str) -> None:
    enter(window, url)

    [cookie] = window.cookies()

    assert cookie["expires"] == -1


def test_who_is_remembered_has_a_cookie_for_a_month_and_none_after_signing_out(
    window: BrowserContext, url: str
) -> None:
    page = enter(window, url, remember=True)

    [cookie] = window.cookies()
    page.click("button")
    page.wait_for_url(f"{url}/public")

    assert cookie["expires"] == pytest.approx(time.time() + 31 * 86_400, abs=3_600)
    assert window.cookies() == []


def test_a_partitioned_cookie_is_kept_and_deleted_as_well(
    window: BrowserContext, url_for_embedding: str
) -> None:
    page = enter(window, url_for_embedding)

    [cookie] = window.cookies()
    page.click("button")
    page.wait_for_url(f"{url_for_embedding}/public")

    assert cookie["sameSite"] == "None"
    assert cookie["partitionKey"]
    assert window.cookies() == []
