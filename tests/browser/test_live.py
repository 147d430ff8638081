"""Pages that somebody left open, when their session ends elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import NewVisitor
from tests.browser.visitor import Visitor
from tests.browser.windows import Windows
from tests.browser.words import in_one_language
from tests.kit.chromium import ELSEWHERE
from tests.kit.processes import Program

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Request, Response

pytestmark = in_one_language

ROUNDS = 20
MANY_TABS = 10
MARK = "document.querySelector('[data-session]')?.dataset.session"
SLOW = {"offline": False, "latency": 700, "downloadThroughput": -1, "uploadThroughput": -1}
# A hundred times as quick, and what was waited for is remembered from page to page.
HURRY = """
    const wait = window.setTimeout;
    window.setTimeout = (then, ms) => {
        sessionStorage.pauses = `${sessionStorage.pauses ?? ""} ${ms}`;
        return wait(then, ms / 100);
    };
"""
WAITED = "least => (sessionStorage.pauses ?? '').split(' ').some((ms) => ms > least)"
NOTHING_PRIVATE = "() => !document.documentElement.textContent.includes('Ada')"
# As a form of an application would, on any of its pages.
SIGN_IN = """name => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = "/login";
    form.innerHTML = `<input name="name" value="${name}">`;
    document.body.append(form);
    form.submit();
}"""
TYPE_SOMETHING = """() => {
    const field = document.createElement("textarea");
    field.value = "not saved yet";
    document.body.append(field);
}"""
TYPED = "() => document.querySelector('textarea')?.value"


class OwnServer:
    """The site as `quart-app serve` has it, with streams that are parked."""

    def __init__(self, program: Program) -> None:
        self._url = program.url

    def url(self) -> str:
        """Its address."""
        return self._url


@pytest.fixture(scope="module")
def sites(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    """Nothing is started where there is no browser."""
    folder = tmp_path_factory.mktemp("own server")
    environment = {
        "QUART_DATA_DIR": str(folder / "data"),
        "QUART_TRUSTED_HOSTS": f'["127.0.0.1", "{ELSEWHERE}"]',
    }
    serve = ("quart_app", "serve", "--bind", "127.0.0.1:0")
    with Program.running(*serve, environment=environment) as program:
        yield OwnServer(program)


class Streams:
    """Those that the tabs of one browser ask for."""

    def __init__(self, visitor: Visitor) -> None:
        self.opened = 0
        visitor.page.context.on("request", self._count)

    def _count(self, request: Request) -> None:
        self.opened += request.resource_type == "eventsource"


def is_of_a_stream(response: Response) -> bool:
    """That somebody is signed in for."""
    return response.url.endswith("/events") and response.status == 200


def open_tab(visitor: Visitor, path: str = "/user") -> Visitor:
    """One more, at that page, when it has heard of the others."""
    tab = visitor.other_tab()
    tab.go(path)
    return tab


def log_in(visitor: Visitor) -> None:
    """Returns when the page has its stream."""
    with visitor.page.expect_response("**/events"):
        visitor.log_in()


def the_same_session(visitor: Visitor, new_visitor: NewVisitor) -> Visitor:
    """Logs in, and opens home in another browser with the same cookies, which has its stream."""
    visitor.log_in()
    other = new_visitor()
    cookies = visitor.page.context.storage_state()["cookies"]
    other.page.context.add_cookies(cookies)  # type: ignore[arg-type]
    with other.page.expect_response("**/events"):
        other.go("/")
    return other


def mark(visitor: Visitor) -> str:
    """Of which session the page is."""
    found: str = visitor.page.evaluate(MARK)
    return found


def sign_in_over(visitor: Visitor, name: str) -> None:
    """Somebody signs in over who is there."""
    with visitor.page.expect_navigation():
        visitor.page.evaluate(SIGN_IN, name)


def test_signing_out_in_one_tab_empties_the_others_within_a_second(visitor: Visitor) -> None:
    log_in(visitor)
    others = [open_tab(visitor), open_tab(visitor, "/")]

    visitor.log_out()
    began = time.monotonic()
    for other in others:
        other.page.wait_for_function(NOTHING_PRIVATE)
    seconds = time.monotonic() - began

    assert seconds < 1
    for each in (visitor, *others):
        each.sees_the_form()


def test_signing_out_empties_the_same_session_in_another_browser(
    visitor: Visitor, new_visitor: NewVisitor
) -> None:
    other = the_same_session(visitor, new_visitor)
    tab = open_tab(other)

    visitor.log_out()

    other.sees_the_form()
    tab.sees_the_form()


def test_another_session_of_the_same_name_stays(visitor: Visitor, new_visitor: NewVisitor) -> None:
    log_in(visitor)
    other = new_visitor()
    log_in(other)
    tab = open_tab(visitor)

    visitor.log_out()
    tab.sees_the_form()

    other.sees_who_is_signed_in()


def test_ten_tabs_share_one_stream_and_all_of_them_learn(visitor: Visitor) -> None:
    streams = Streams(visitor)
    log_in(visitor)
    before = streams.opened
    tabs = [open_tab(visitor) for _ in range(MANY_TABS)]

    opened_by_the_others = streams.opened - before
    visitor.log_out()

    assert opened_by_the_others == 0
    for tab in tabs:
        tab.sees_the_form()


def test_when_the_tab_with_the_stream_is_closed_another_one_takes_over(visitor: Visitor) -> None:
    log_in(visitor)
    tabs = [open_tab(visitor) for _ in range(3)]

    with tabs[0].page.context.expect_event(
        "response", lambda response: response.url.endswith("/events")
    ):
        visitor.page.close()
    tabs[0].log_out()

    for tab in tabs:
        tab.sees_the_form()


def test_a_new_token_in_one_tab_leaves_both_signed_in(visitor: Visitor) -> None:
    log_in(visitor)
    other = open_tab(visitor, "/")

    for name in ("Grace", "Ada") * (ROUNDS // 2):
        before = mark(other)
        sign_in_over(visitor, name)
        other.page.wait_for_function(f"before => {MARK} && {MARK} !== before", arg=before)

        other.sees_who_is_signed_in(name)
        visitor.sees_who_is_signed_in(name)
        assert mark(visitor) == mark(other)


def test_a_new_token_for_the_same_one_leaves_a_page_and_what_was_typed_there_as_they_are(
    visitor: Visitor,
) -> None:
    log_in(visitor)
    other = open_tab(visitor, "/")
    other.page.evaluate(TYPE_SOMETHING)
    before = mark(other)

    for _ in range(3):
        # The tab that had the stream goes to another page, and the other one asks for it.
        with other.page.context.expect_event("response", is_of_a_stream):
            sign_in_over(visitor, "Ada")
        visitor.sees_who_is_signed_in()

    assert other.page.evaluate(TYPED) == "not saved yet"
    assert mark(visitor) == mark(other) == before
    visitor.log_out()
    other.sees_the_form()


def test_the_other_tab_waits_for_a_new_token_that_is_slow_to_arrive(visitor: Visitor) -> None:
    log_in(visitor)
    other = open_tab(visitor, "/")
    network = visitor.page.context.new_cdp_session(visitor.page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW)

    sign_in_over(visitor, "Grace")

    visitor.sees_who_is_signed_in("Grace")
    other.sees_who_is_signed_in("Grace")


def test_a_page_that_was_cut_off_learns_when_it_is_back(
    visitor: Visitor, new_visitor: NewVisitor, windows: Windows
) -> None:
    other = the_same_session(visitor, new_visitor)
    other.page.context.set_offline(True)
    visitor.log_out()

    other.page.context.set_offline(False)

    other.sees_the_form()
    windows.complaints.clear()  # of the network


def test_over_plain_http_where_tabs_cannot_agree_they_learn_as_well(visitor: Visitor) -> None:
    visitor.url = f"http://{ELSEWHERE}:{urlsplit(visitor.url).port}"
    log_in(visitor)
    other = open_tab(visitor)

    visitor.log_out()

    other.sees_the_form()


def test_a_page_that_comes_back_though_its_stream_says_otherwise_asks_ever_more_seldom(
    visitor: Visitor,
) -> None:
    # As where the session's cookie is not sent to the address of the streams.
    visitor.page.context.route("**/events", lambda route: route.fulfill(status=204))
    visitor.page.add_init_script(HURRY)

    visitor.log_in()

    visitor.page.wait_for_function(WAITED, arg=20_000)
