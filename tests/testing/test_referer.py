"""A browser tells which page asks, as far as strict-origin-when-cross-origin lets it."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Quart, websocket

from quart_app.testing import Client

OWN = "https://shop.example.org"


async def told(client: Client, url: str = "/echo", **options: Any) -> str | None:
    headers = (await client.get(url, **options)).json()["headers"]
    referer = headers.get("Referer")
    assert referer is None or isinstance(referer, str)
    return referer


@pytest.mark.parametrize(
    ("site", "referer"),
    [
        ("same-origin", f"{OWN}/"),
        ("same-site", "https://sibling.example.org/"),
        ("cross-site", "https://elsewhere.example/"),
        ("none", None),
    ],
)
async def test_by_default_the_asking_sites_first_page_asks(
    app: Quart, site: str, referer: str | None
) -> None:
    assert await told(Client(app, base_url=OWN), site=site) == referer


async def test_the_page_that_was_opened_last_asks_next(app: Quart) -> None:
    client = Client(app, base_url=OWN)

    await client.get("/echo?page=1#top", site="cross-site")

    assert await told(client, mode="no-cors") == f"{OWN}/echo?page=1"
    assert (await client.post("/echo")).json()["headers"]["Referer"] == f"{OWN}/echo?page=1"
    assert await told(client, site="cross-site") == "https://elsewhere.example/"


@pytest.mark.parametrize(
    ("method", "url", "options"),
    [
        ("GET", "/echo", {"mode": "cors"}),
        ("HEAD", "/echo", {}),
        ("GET", "/go?to=/echo", {}),
        ("GET", "/nothing", {}),
    ],
)
async def test_what_opens_no_page_is_not_the_page_that_asks(
    app: Quart, method: str, url: str, options: dict[str, Any]
) -> None:
    app.add_url_rule("/nothing", "nothing", lambda: ("", 204))
    client = Client(app, base_url=OWN)
    await client.get("/echo?page=1")

    await client.request(method, url, **options)

    assert await told(client) == f"{OWN}/echo?page=1"


async def test_after_redirects_the_page_is_where_they_led(app: Quart) -> None:
    client = Client(app, base_url=OWN)
    await client.get("/echo?page=1")

    page = await client.get("/go?to=/echo?page=2", follow_redirects=True)

    assert page.json()["headers"]["Referer"] == f"{OWN}/echo?page=1"
    assert await told(client) == f"{OWN}/echo?page=2"


async def test_a_sibling_is_told_the_origin_only(app: Quart) -> None:
    client = Client(app, base_url=OWN)
    await client.get("/echo?page=1")

    there = "/go?to=https://api.example.org/echo"

    assert await told(client, there, follow_redirects=True) == f"{OWN}/"


async def test_plain_http_is_told_nothing_by_a_page_that_came_over_tls(app: Quart) -> None:
    client = Client(app, base_url=OWN)
    plain = Client(app, base_url="http://shop.example.org")

    there = "/go?to=http://shop.example.org/echo"

    assert await told(client, there, follow_redirects=True) is None
    assert await told(plain) == "http://shop.example.org/"
    assert await told(plain, site="cross-site") is None


@pytest.mark.parametrize(
    ("site", "said", "referer"),
    [
        ("same-origin", "/cart?item=1#top", f"{OWN}/cart?item=1"),
        ("same-site", "https://api.example.org/cart?item=1", "https://api.example.org/"),
        ("cross-site", "https://evil.example/cart?item=1", "https://evil.example/"),
        ("same-origin", "", None),
    ],
)
async def test_a_test_may_say_which_page_asks(
    app: Quart, site: Any, said: str, referer: str | None
) -> None:
    client = Client(app, base_url=OWN)

    assert await told(client, site=site, referer=said) == referer


async def test_the_origin_is_that_of_the_page_that_asks(app: Quart) -> None:
    evil = "https://evil.example"

    page = await Client(app).post("/echo", site="cross-site", referer=f"{evil}/a")

    assert page.json()["headers"]["Origin"] == evil


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_a_page_of_another_site_than_was_said_is_an_error(app: Quart, site: Any) -> None:
    said = f"site='{site}' does not fit referer='https://evil.example/', which is cross-site"

    with pytest.raises(ValueError, match=said):
        await Client(app).get("/echo", site=site, referer="https://evil.example/")


async def test_a_closed_browser_has_no_page(app: Quart) -> None:
    client = Client(app, base_url=OWN)
    await client.get("/echo?page=1")

    client.close_browser()

    assert await told(client) == f"{OWN}/"


async def test_neither_websockets_nor_other_clients_tell_a_page(app: Quart) -> None:
    @app.websocket("/headers")
    async def headers() -> None:
        await websocket.send_json(dict(websocket.headers))

    async with Client(app).websocket("/headers") as ws:
        assert "Referer" not in await ws.receive_json()
    assert await told(Client(app, is_browser=False)) is None
