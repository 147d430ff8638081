"""A page that says what went wrong leads on from there."""

from __future__ import annotations

import re

import httpx
import pytest
from quart import Quart, abort
from quart.typing import ResponseReturnValue

from tests.web.asking import ask

AGAIN = 'href="/fails/{}?a=1&amp;b=2">Try again</a>'


@pytest.fixture(autouse=True)
def failing(app: Quart) -> None:
    @app.route("/fails/<int:code>", methods=["GET", "POST"])
    async def fails(code: int) -> ResponseReturnValue:
        abort(code)


@pytest.mark.parametrize("code", [429, 500, 503])
async def test_what_may_go_better_can_be_asked_for_again(
    visitor: httpx.AsyncClient, code: int
) -> None:
    page = await visitor.get(f"/fails/{code}?a=1&b=2")

    assert page.status_code == code
    assert AGAIN.format(code) in page.text


@pytest.mark.parametrize("code", [429, 500, 503])
async def test_what_a_form_sent_is_not_sent_again(visitor: httpx.AsyncClient, code: int) -> None:
    page = await visitor.post(f"/fails/{code}?a=1&b=2")

    assert page.status_code == code
    assert "Try again</a>" not in page.text
    assert 'href="/">Home</a>' in page.text


@pytest.mark.parametrize("code", [400, 403, 404, 410])
async def test_what_stays_as_it_is_is_not_asked_for_again(
    visitor: httpx.AsyncClient, code: int
) -> None:
    page = await visitor.get(f"/fails/{code}?a=1&b=2")

    assert page.status_code == code
    assert "Try again</a>" not in page.text


async def test_who_has_to_be_signed_in_is_told_so_and_led_back(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/fails/401?a=1&b=2")

    assert page.status_code == 401
    assert "<h1>You are not logged in</h1>" in page.text
    assert 'href="/login?next=/fails/401%3Fa%3D1%26b%3D2">Log in</a>' in page.text


@pytest.mark.parametrize("path", ["//evil.example/x", "/..//evil.example", "/a/../b"])
async def test_no_link_leads_to_another_site(app: Quart, path: str) -> None:
    @app.before_request
    async def fail() -> None:
        abort(503)

    page = await ask(app, path)

    assert page.status == 503
    led_to = re.findall(r'<a [^>]*href="([^"]*)"', page.text)
    assert led_to
    assert all(re.match(r"/(?![/.\\])", f"{link}x") for link in led_to)


async def test_the_link_is_written_as_browsers_ask(app: Quart, visitor: httpx.AsyncClient) -> None:
    @app.before_request
    async def fail() -> None:
        abort(503)

    page = await visitor.get("/caf%C3%A9%3F/%22?a=%20")

    assert 'href="/caf%C3%A9%3F/%22?a=%20">Try again</a>' in page.text
