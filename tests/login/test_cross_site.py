"""What another site may have a visitor's browser do in somebody's own application."""

from __future__ import annotations

import itertools

import httpx
import pytest
from quart import Quart

from quart_app import Login
from quart_app.errors import ConfigurationError
from tests.web.asking import ask, knock

EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}


@pytest.fixture
def app(app: Quart, login: Login) -> Quart:
    """With what others may ask for, and what they may not."""
    for path in ("/order", "/paid"):
        app.add_url_rule(path, path, lambda: "done", methods=["GET", "POST", "DELETE"])
    login.accept_cross_site(app.view_functions["/paid"])

    @app.websocket("/socket")
    async def socket() -> None:
        from quart import websocket

        await websocket.accept()

    return app


@pytest.mark.parametrize("said", [EVIL, {"Origin": "https://evil.example"}, {"Origin": "http://["}])
async def test_what_changes_something_with_a_visitors_cookie_is_refused(
    ada: httpx.AsyncClient, said: dict[str, str]
) -> None:
    refused = {method: await ada.request(method, "/order", headers=said) for method in _UNSAFE}
    read = await ada.get("/order", headers=said)

    assert {answer.status_code for answer in refused.values()} == {403}
    assert read.status_code == 200


_UNSAFE = ("POST", "DELETE")


async def test_without_the_cookie_it_is_the_applications_own_business(
    visitor: httpx.AsyncClient,
) -> None:
    webhook = await visitor.post("/order", headers={**EVIL, "Authorization": "Bearer x"})

    assert webhook.status_code == 200


async def test_a_handler_may_accept_it(ada: httpx.AsyncClient) -> None:
    assert (await ada.post("/paid", headers=EVIL)).status_code == 200


async def test_an_origin_may_be_trusted(login: Login, ada: httpx.AsyncClient) -> None:
    login.trust_origin("https://shop.example.org")
    said = {"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example.org"}

    assert (await ada.post("/order", headers=said)).status_code == 200
    language = await ada.post("/language", data={"language": "fr"}, headers=said)

    assert language.status_code == 303
    assert (await ada.post("/order", headers=EVIL)).status_code == 403


@pytest.mark.parametrize(
    "origin",
    ["shop.example.org", "https://shop.example.org/", "https://*", "null", "HTTPS://a", ""],
)
def test_an_origin_is_said_as_browsers_say_it(login: Login, origin: str) -> None:
    with pytest.raises(ConfigurationError, match="is no origin: say it as browsers do"):
        login.trust_origin(origin)


async def test_a_websocket_of_another_site_is_refused(app: Quart, ada: httpx.AsyncClient) -> None:
    cookie = {"Cookie": f"session={ada.cookies['session']}"}

    assert "websocket.accept" in await knock(app, "/socket", headers=cookie)
    assert "websocket.accept" not in await knock(app, "/socket", headers={**cookie, **EVIL})
    assert "websocket.accept" in await knock(app, "/socket", headers=EVIL)


async def test_streams_go_by_the_same_rule(app: Quart, ada: httpx.AsyncClient) -> None:
    cookie = {"Cookie": f"session={ada.cookies['session']}"}
    sites = (None, "same-origin", "cross-site")
    origins = (None, "http://localhost", "http://[", "https://evil.example")

    for site, origin in itertools.product(sites, origins):
        said = {"Sec-Fetch-Site": site, "Origin": origin}
        headers = {**cookie, **{name: value for name, value in said.items() if value is not None}}
        streamed = await ask(app, "/events", method="HEAD", headers=headers)
        changed = await ask(app, "/order", method="POST", headers=headers)

        assert (streamed.status, changed.status) in ((200, 200), (403, 403))


async def test_a_live_page_of_a_trusted_origin_is_told_news_too(
    login: Login, ada: httpx.AsyncClient
) -> None:
    login.trust_origin("https://shop.example.org")
    said = {"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example.org"}

    assert (await ada.head("/events", headers=said)).status_code == 200
