"""Signing in leads to pages of ours only, whatever it was told."""

from __future__ import annotations

from collections.abc import Awaitable
from urllib.parse import quote, urlencode, urlsplit

import httpx
import pytest
from quart import Quart

from tests.web.asking import FORM, ask

ELSEWHERE = [
    *("//evil", "///evil", "////evil", "/\\evil", "\\\\evil", "/\\/evil", "\\/evil", "\\evil"),
    *("https:evil", "https:///evil", "https://evil", "http:/\\//evil", "http:evil", "evil"),
    *("//evil@good", "//good@evil", "http://good\\@evil", "http://localhost", "//localhost/user"),
    *(
        "/\t/evil",
        "\t//evil",
        "/\n/evil",
        "/\r\nX:1",
        " //evil",
        "\x08//evil",
        "/ /evil",
        "/\0evil",
    ),
    *("javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "JaVaScRiPt:alert(1)"),
    *("//[::1", "http://[::1", "/..//evil", "/.//evil", "/x/..//evil", "/%2e%2e//evil", "/user/.."),
    *(
        "?next=?next=",
        "?",
        "#",
        "",
        ".",
        "..",
        "user",
        "/é",
        "\uff0f\uff0fevil",
        "/\u2028",
        "/\u202e",
        "/\ufffd",
    ),
    *(
        "%2f%2fevil",
        "/%2fevil",
        "/%5c/../evil",
        "/user//x",
        "/user\x7f",
        "/" + "x" * 10_000,
        "/\x85",
    ),
]
ROUND_IN_CIRCLES = [
    *(
        "/login",
        "/login/",
        "/login?next=/login",
        "/login?next=%2Flogin%3Fnext%3D%2Flogin",
        "/login#x",
    ),
    *("/logout", "/logout/", "/logout?", "/logout#top", "/language", "/%6cogout", "/%6Cogin?x=1"),
    *(
        "/./logout",
        "/x/../logout",
        "/%2e/logout",
        "/%2e%2e/logout",
        "/user//../logout",
        "/.//logout",
    ),
]
OWN = [
    *("/", "/user", "/user?a=1&b=%C3%A9", "/user#part", "/.evil", "/@good", "/login-help", "/a:b"),
    *("/user?next=//evil", "/logout/x", "/x?y=/logout", "/" + "x" * 511, "/%09/evil", "/%0d%0aX:1"),
]


async def led_to(asking: Awaitable[httpx.Response]) -> str | None:
    """Where an answer leads; `None` if nowhere."""
    answer = await asking
    assert answer.status_code < 500
    location: str | None = answer.headers.get("location")
    return location


@pytest.mark.parametrize("wanted", [ELSEWHERE, ROUND_IN_CIRCLES], ids=["elsewhere", "in circles"])
async def test_an_address_leads_nobody_astray(
    ada: httpx.AsyncClient, visitor: httpx.AsyncClient, wanted: list[str]
) -> None:
    for path in wanted:
        query = f"/login?next={quote(path)}"

        already_in = await led_to(ada.get(query))
        form = await visitor.get(query)
        signed_in = await led_to(visitor.post(query, data={"name": "Grace"}))
        visitor.cookies.clear()

        assert (path, already_in, signed_in) == (path, "/", "/")
        assert form.text.count('name="next"') == 1, "only the switch of languages has one"


@pytest.mark.parametrize("wanted", [ELSEWHERE, ROUND_IN_CIRCLES], ids=["elsewhere", "in circles"])
async def test_a_field_of_a_form_leads_nobody_astray(
    visitor: httpx.AsyncClient, wanted: list[str]
) -> None:
    for path in wanted:
        fields = {"name": "Grace", "language": "fr", "next": path}

        signed_in = await led_to(visitor.post("/login", data=fields))
        switched = await led_to(visitor.post("/language", data=fields))

        # A form with control characters in it is refused as a whole.
        assert (path, signed_in) in ((path, "/"), (path, None))
        target = urlsplit(switched or "/")
        assert (path, target.scheme, target.netloc) == (path, "", "")
        assert target.path in ("/", "/login", "/login/", "/%6Cogin")


async def test_a_page_of_ours_is_reached_after_signing_in(
    ada: httpx.AsyncClient, visitor: httpx.AsyncClient
) -> None:
    for path in OWN:
        query = f"/login?next={quote(path)}"

        already_in = await led_to(ada.get(query))
        by_form = await led_to(visitor.post("/login", data={"name": "Grace", "next": path}))
        by_query = await led_to(visitor.post(query, data={"name": "Grace"}))

        assert (already_in, by_form, by_query) == (path, path, path)


@pytest.mark.parametrize(
    "query",
    [
        *(
            "next=%ff",
            "next=%c0%af",
            "next=%ed%a0%80",
            "next=%zz",
            "next=%",
            "next",
            "&&;;",
            "next[]=/user",
        ),
        *(
            "next=/user&next=//evil",
            "next=//evil&next=/user",
            "NEXT=//evil",
            "next=%u002f",
            "next=+//x",
        ),
    ],
)
async def test_a_strange_query_never_breaks_the_page(app: Quart, query: str) -> None:
    form = await ask(app, f"/login?{query}")
    signed_in = await ask(
        app, f"/login?{query}", method="POST", headers={"Content-Type": FORM}, body=b"name=Ada"
    )

    assert form.status == 200
    assert signed_in.status == 303
    assert signed_in.get("location") in ("/", "/user")


@pytest.mark.parametrize("query", ["next=\xff", "\xff", "next=/\xe9"])
async def test_a_query_of_raw_octets_is_refused(app: Quart, query: str) -> None:
    answer = await ask(app, f"/login?{query}")

    assert answer.status == 400


async def test_a_page_that_was_asked_for_survives_a_mistake_in_the_form(
    visitor: httpx.AsyncClient,
) -> None:
    mistake = await visitor.post("/login", data={"name": " ", "next": "/user?a=1&b=2"})

    assert mistake.status_code == 400
    assert 'name="next" value="/user?a=1&amp;b=2"' in mistake.text


async def test_signing_in_ends_after_one_redirect(visitor: httpx.AsyncClient) -> None:
    loop = "/login?" + urlencode({"next": "/login?" + urlencode({"next": "/logout"})})

    answer = await visitor.post(loop, data={"name": "Ada"}, follow_redirects=True)

    assert len(answer.history) == 1
    assert (answer.status_code, answer.url.path) == (200, "/")
