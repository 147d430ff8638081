"""The cookie jar refuses and withholds what a browser would for safety's sake, by RFC 6265bis."""

from __future__ import annotations

import pytest

from quart_app.testing import CookieJar, FakeClock
from quart_app.testing.set_cookie import CookieRefused
from tests.testing.contexts import (
    FETCH_FROM_ELSEWHERE,
    FORM_FROM_ELSEWHERE,
    HERE,
    LINK_FROM_ELSEWHERE,
    PLAIN,
)


def test_a_secure_cookie_neither_comes_nor_goes_over_plain_http(jar: CookieJar) -> None:
    with pytest.raises(CookieRefused, match="plain http"):
        jar.store("a=1; Secure", PLAIN)

    jar.store("a=1; Secure", HERE)

    assert jar.header_for(HERE) == "a=1"
    assert jar.header_for(PLAIN) == ""


# Section 5.7, step 16, with the paths of its note; a Secure cookie is there for /login.
@pytest.mark.parametrize(
    ("line", "is_refused"),
    [
        ("a=2; Path=/login", True),
        ("a=2; Path=/login/en", True),
        ("a=2; Path=/login; Domain=example.org", True),
        ("a=2; Path=/", False),
        ("a=2; Path=/foo", False),
        ("b=2; Path=/login", False),
    ],
)
def test_plain_http_cannot_lay_a_cookie_over_a_secure_one(
    jar: CookieJar, line: str, is_refused: bool
) -> None:
    jar.store("a=1; Path=/login; Secure", HERE)

    if is_refused:
        with pytest.raises(CookieRefused, match="would hide a Secure one"):
            jar.store(line, PLAIN)
    else:
        jar.store(line, PLAIN)


def test_plain_http_may_replace_a_cookie_that_is_not_secure(jar: CookieJar) -> None:
    jar.store("a=1", HERE)

    jar.store("a=2", PLAIN)

    assert jar.header_for(PLAIN) == "a=2"


# Section 5.4, its own lists.
@pytest.mark.parametrize(
    "line",
    [
        "__Secure-SID=12345; Domain=example.org",
        "__secure-SID=12345; Domain=example.org",
        "__SECURE-SID=12345; Domain=example.org",
        "__Host-SID=12345",
        "__host-SID=12345; Secure",
        "__host-SID=12345; Domain=example.org",
        "__HOST-SID=12345; Domain=example.org; Path=/",
        "__Host-SID=12345; Secure; Domain=example.org; Path=/",
        "__host-SID=12345; Secure; Domain=example.org; Path=/",
        "__HOST-SID=12345; Secure; Domain=example.org; Path=/",
        "__Host-SID=12345; Secure; Path=/a",
        "__Host-SID; Secure; Path=/",
        "=__Secure-SID=12345; Secure",
    ],
)
def test_a_name_with_a_prefix_is_refused_if_it_breaks_the_promise(
    jar: CookieJar, line: str
) -> None:
    with pytest.raises(CookieRefused):
        jar.store(line, HERE)

    assert len(jar) == 0


@pytest.mark.parametrize(
    "line",
    [
        "__Secure-SID=12345; Domain=example.org; Secure",
        "__secure-SID=12345; Domain=example.org; Secure",
        "__SECURE-SID=12345; Domain=example.org; Secure",
        "__Host-SID=12345; Secure; Path=/",
        "__host-SID=12345; Secure; Path=/",
        "__HOST-SID=12345; Secure; Path=/",
    ],
)
def test_a_name_with_a_prefix_is_kept_if_it_holds_the_promise(jar: CookieJar, line: str) -> None:
    jar.store(line, HERE)

    assert jar.header_for(HERE) == line.partition(";")[0]


@pytest.mark.parametrize(
    ("same_site", "link", "form", "fetch"),
    [
        ("; SameSite=Strict", False, False, False),
        ("; SameSite=Lax", True, False, False),
        ("", True, False, False),
        ("; SameSite=Whatever", True, False, False),
        ("; SameSite=None", True, True, True),
    ],
)
def test_same_site_says_what_another_site_can_have_sent(
    jar: CookieJar, clock: FakeClock, same_site: str, link: bool, form: bool, fetch: bool
) -> None:
    jar.store(f"a=1; Secure{same_site}", HERE)
    clock.advance(seconds=121)

    assert jar.header_for(HERE) == "a=1"
    assert bool(jar.header_for(LINK_FROM_ELSEWHERE)) is link
    assert bool(jar.header_for(FORM_FROM_ELSEWHERE)) is form
    assert bool(jar.header_for(FETCH_FROM_ELSEWHERE)) is fetch


# Section 5.6.7.2; Chromium does so.
def test_a_cookie_without_same_site_goes_along_with_other_sites_forms_while_it_is_new(
    jar: CookieJar, clock: FakeClock
) -> None:
    for line in ("a=1", "b=2; SameSite=Lax"):
        jar.store(line, HERE)

    clock.advance(seconds=60)
    jar.store("a=again", HERE)
    assert jar.header_for(FORM_FROM_ELSEWHERE) == "a=again"
    assert jar.header_for(FETCH_FROM_ELSEWHERE) == ""

    clock.advance(seconds=61)
    assert jar.header_for(FORM_FROM_ELSEWHERE) == ""


def test_what_another_site_fetches_sets_no_cookie_but_what_it_links_to_does(
    jar: CookieJar,
) -> None:
    with pytest.raises(CookieRefused, match="SameSite=None"):
        jar.store("a=1; SameSite=Lax; Secure", FETCH_FROM_ELSEWHERE)

    jar.store("b=2; SameSite=None; Secure", FETCH_FROM_ELSEWHERE)
    jar.store("c=3; SameSite=Strict", LINK_FROM_ELSEWHERE)

    assert jar.header_for(HERE) == "b=2; c=3"


@pytest.mark.parametrize("attribute", ["SameSite=None", "Partitioned"])
def test_a_cookie_for_being_embedded_needs_secure(jar: CookieJar, attribute: str) -> None:
    with pytest.raises(CookieRefused, match=f"{attribute} needs Secure"):
        jar.store(f"a=1; {attribute}", HERE)


def test_a_partitioned_cookie_stays_with_the_site_that_embeds(jar: CookieJar) -> None:
    attributes = "SameSite=None; Secure; Partitioned"

    jar.store(f"a=here; {attributes}", HERE)
    jar.store(f"a=there; {attributes}", FETCH_FROM_ELSEWHERE)

    assert jar.header_for(HERE) == "a=here"
    assert jar.header_for(FETCH_FROM_ELSEWHERE) == "a=there"


def test_a_deletion_without_secure_does_not_reach_a_host_cookie(jar: CookieJar) -> None:
    jar.store("__Host-a=1; Secure; Path=/", HERE)

    with pytest.raises(CookieRefused, match="needs Secure"):
        jar.store("__Host-a=; Max-Age=0; Path=/", HERE)

    assert "__Host-a" in jar
