"""The cookie jar keeps and sends what a browser would, by RFC 6265bis."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quart_app.testing import CookieJar, FakeClock
from quart_app.testing.set_cookie import CookieRefused
from tests.testing.contexts import HERE


# Section 5.1.3: what is set at site.example.org goes to these hosts.
@pytest.mark.parametrize(
    ("domain", "host", "is_sent"),
    [
        ("", "site.example.org", True),
        ("", "www.site.example.org", False),
        ("", "example.org", False),
        ("; Domain=", "www.site.example.org", False),
        ("; Domain=site.example.org", "site.example.org", True),
        ("; Domain=site.example.org", "www.site.example.org", True),
        ("; Domain=.SITE.example.org", "www.site.example.org", True),
        ("; Domain=site.example.org", "example.org", False),
        ("; Domain=example.org", "example.org", True),
        ("; Domain=example.org", "other.example.org", True),
        ("; Domain=example.org", "notexample.org", False),
    ],
)
def test_a_cookie_goes_to_its_host_or_to_all_of_its_domain(
    jar: CookieJar, domain: str, host: str, is_sent: bool
) -> None:
    jar.store(f"a=1{domain}", HERE)

    assert jar.header_for(replace(HERE, host=host)) == ("a=1" if is_sent else "")


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("site.example.org", "other.example.org"),
        ("site.example.org", "www.site.example.org"),
        ("site.example.org", "ample.org"),
        ("site.example.org", "org"),
        ("127.0.0.1", "0.0.1"),
        ("site.example.org", "ex\u00e4mple.org"),
    ],
)
def test_a_cookie_for_somebody_elses_domain_is_refused(
    jar: CookieJar, host: str, domain: str
) -> None:
    with pytest.raises(CookieRefused, match="Domain"):
        jar.store(f"a=1; Domain={domain}", replace(HERE, host=host))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_host_may_name_itself(jar: CookieJar, host: str) -> None:
    there = replace(HERE, host=host)

    jar.store(f"a=1; Domain={host}", there)

    assert jar.header_for(there) == "a=1"
    assert jar.header_for(replace(HERE, host=f"sub.{host}")) == ""


# Section 5.1.4: set at this path, with this attribute, it goes to these and not to those.
@pytest.mark.parametrize(
    ("set_at", "attribute", "inside", "outside"),
    [
        ("/", "", ("/", "/a", "/a/b"), ()),
        ("/a", "", ("/", "/b"), ()),
        ("/a/b", "", ("/a", "/a/", "/a/b", "/a/c/d"), ("/", "/ab", "/A")),
        ("/a/b/", "", ("/a/b", "/a/b/", "/a/b/c"), ("/a", "/a/bc")),
        ("/a/b", "; Path=/", ("/", "/c"), ()),
        ("/", "; Path=/a", ("/a", "/a/", "/a/b"), ("/", "/ab", "/b/a")),
        ("/", "; Path=/a/", ("/a/", "/a/b"), ("/a", "/ab")),
        ("/a/b", "; Path=c", ("/a", "/a/c"), ("/", "/c")),
        ("/a/b", "; Path=", ("/a",), ("/",)),
    ],
)
def test_a_cookie_goes_to_its_path_and_below(
    jar: CookieJar,
    set_at: str,
    attribute: str,
    inside: tuple[str, ...],
    outside: tuple[str, ...],
) -> None:
    jar.store(f"a=1{attribute}", replace(HERE, path=set_at))

    for path in inside:
        assert jar.header_for(replace(HERE, path=path)) == "a=1", path
    for path in outside:
        assert jar.header_for(replace(HERE, path=path)) == "", path


def test_longer_paths_come_first_and_older_cookies_before_younger_ones(jar: CookieJar) -> None:
    for line in ("a=1", "b=2; Path=/x", "c=3", "d=4; Path=/x/y", "e=5; Path=/x"):
        jar.store(line, HERE)
    jar.store("a=again", HERE)

    sent = jar.header_for(replace(HERE, path="/x/y/z"))

    assert sent == "d=4; b=2; e=5; a=again; c=3"


@pytest.mark.parametrize("ending", ["Max-Age=60", "Expires=Fri, 15 Jan 2027 08:01:00 GMT"])
def test_a_cookie_ends_by_the_clock_that_the_test_turns(
    jar: CookieJar, clock: FakeClock, ending: str
) -> None:
    jar.store(f"a=1; {ending}", HERE)

    clock.advance(seconds=59)
    assert jar.header_for(HERE) == "a=1"

    clock.advance(seconds=1)
    assert jar.header_for(HERE) == ""
    assert "a" not in jar


@pytest.mark.parametrize(
    ("line", "is_deleted"),
    [
        ("a=; Max-Age=0; Domain=example.org; Path=/x; Secure", True),
        ("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=example.org; Path=/x", True),
        ("a=; Max-Age=0; Path=/x", False),
        ("a=; Max-Age=0; Domain=example.org", False),
        ("a=; Max-Age=0; Domain=site.example.org; Path=/x", False),
        ("A=; Max-Age=0; Domain=example.org; Path=/x", False),
    ],
)
def test_only_a_line_with_the_same_name_domain_and_path_deletes_a_cookie(
    jar: CookieJar, line: str, is_deleted: bool
) -> None:
    jar.store("a=1; Domain=example.org; Path=/x; Secure", HERE)

    jar.store(line, HERE)

    assert ("a" in jar) is not is_deleted


def test_closing_the_browser_forgets_cookies_without_an_end(jar: CookieJar) -> None:
    jar.store("window=1", HERE)
    jar.store("longer=1; Max-Age=60", HERE)

    jar.close_browser()

    assert [cookie.name for cookie in jar] == ["longer"]


def test_a_cookie_tells_all_that_is_known_of_it(jar: CookieJar, clock: FakeClock) -> None:
    jar.store("a=1; Path=/x; Max-Age=60; Secure; HttpOnly; SameSite=Strict", HERE)

    cookie = jar.get("a")

    assert cookie is not None
    assert (cookie.value, cookie.domain, cookie.host_only) == ("1", "site.example.org", True)
    assert (cookie.path, cookie.expires_at) == ("/x", clock() + 60)
    assert (cookie.secure, cookie.http_only, cookie.same_site) == (True, True, "Strict")
    assert jar.get("b") is None
