"""A client follows redirects as a browser does, and none that leads out of the application."""

from __future__ import annotations

import pytest
from quart import Quart, redirect
from quart.typing import ResponseReturnValue

from quart_app.testing import Client


async def test_a_redirect_is_an_answer_unless_it_is_to_be_followed(app: Quart) -> None:
    answer = await Client(app).get("/go?to=/echo")

    assert answer.status == 302
    assert answer.location == "/echo"


@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("PUT", 302, "PUT"),
        ("PUT", 303, "GET"),
        ("GET", 307, "GET"),
    ],
)
async def test_a_followed_redirect_keeps_the_method_and_body_where_a_browser_does(
    app: Quart, method: str, status: int, then: str
) -> None:
    page = await Client(app).request(
        method,
        f"/go?to=/echo&status={status}",
        data=None if method == "GET" else "x",
        headers={"Content-Type": "text/plain"},
        follow_redirects=True,
    )

    assert page.json()["method"] == then
    assert page.json()["body"] == ("" if then == "GET" else "x")
    assert [answer.status for answer in page.history] == [status]


async def test_a_redirect_stays_a_request_of_the_page_that_asked_first(app: Quart) -> None:
    client = Client(app, base_url="https://shop.example.org")

    cross = await client.get("/go?to=/echo", site="cross-site", follow_redirects=True)
    sibling = await client.get("/go?to=https://api.example.org/echo", follow_redirects=True)
    other_scheme = await client.get("/go?to=http://shop.example.org/echo", follow_redirects=True)

    assert cross.json()["headers"]["Sec-Fetch-Site"] == "cross-site"
    assert sibling.json()["headers"]["Sec-Fetch-Site"] == "same-site"
    assert sibling.json()["headers"]["Host"] == "api.example.org"
    assert other_scheme.url == "http://shop.example.org/echo"


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example", "mailto:a@b"])
async def test_a_redirect_to_another_site_is_not_followed_into_this_application(
    app: Quart, to: str
) -> None:
    answer = await Client(app).get(f"/go?to={to}", follow_redirects=True)

    assert answer.status == 302
    assert answer.location == to


async def test_a_redirect_in_a_circle_ends(app: Quart) -> None:
    @app.get("/round")
    async def round() -> ResponseReturnValue:
        return redirect("/round")

    with pytest.raises(RuntimeError, match="over 20 redirects"):
        await Client(app).get("/round", follow_redirects=True)
