"""A page that says what went wrong leads on from there."""

from __future__ import annotations

import httpx
import pytest
from quart import Quart, abort
from quart.typing import ResponseReturnValue

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
