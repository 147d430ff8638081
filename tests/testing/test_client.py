"""A client does what a browser would, with any ASGI application, started or not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from quart import Quart, request
from quart.typing import ResponseReturnValue

from quart_app.testing import Client


async def seen_by(client: Client, method: str = "GET", **options: Any) -> dict[str, Any]:
    """The headers with which a request arrives."""
    headers = (await client.request(method, "/echo", **options)).json()["headers"]
    assert isinstance(headers, dict)
    return headers


async def test_an_application_is_visited_over_https_without_being_started(app: Quart) -> None:
    page = await Client(app).get("/echo?name=Zo%C3%AB#top")

    assert page.status == 200
    assert page.headers["Content-Type"] == "application/json"
    assert page.json()["url"] == "https://example.test/echo?name=Zo\u00eb"
    assert page.url == "https://example.test/echo?name=Zo%C3%AB"


async def test_a_path_may_be_written_as_people_read_it(app: Quart) -> None:
    @app.get("/stra\u00dfe/<name>")
    async def street(name: str) -> str:
        return f"<p>{name}"

    page = await Client(app).get("/stra\u00dfe/\u00e0 la carte")

    assert page.text() == "<p>\u00e0 la carte"


async def test_the_application_is_told_the_host_and_an_address_that_is_not_its_own(
    app: Quart,
) -> None:
    client = Client(app, base_url="http://shop.example.org:8000")

    seen = (await client.get("/echo")).json()

    assert seen["headers"]["Host"] == "shop.example.org:8000"
    assert seen["address"] == "192.0.2.1"


async def test_the_server_name_that_the_application_insists_on_is_visited(app: Quart) -> None:
    app.config["SERVER_NAME"] = "shop.example.org"

    assert (await Client(app).get("/echo")).json()["url"] == "https://shop.example.org/echo"


async def test_headers_are_given_for_one_request_or_for_all(app: Quart) -> None:
    client = Client(app, headers={"Accept-Language": "fr", "User-Agent": "Lynx"})

    headers = await seen_by(client, headers={"Accept-Language": "de", "Origin": "null"})

    assert headers["Accept-Language"] == "de"
    assert headers["User-Agent"] == "Lynx"
    assert headers["Origin"] == "null"


OWN, SIBLING = "https://shop.example.org", "https://sibling.example.org"
FOREIGN = "https://elsewhere.example"


@pytest.mark.parametrize(
    ("method", "options", "site", "mode", "origin"),
    [
        ("GET", {}, "same-origin", "navigate", None),
        ("GET", {"site": "none"}, "none", "navigate", None),
        ("GET", {"site": "cross-site"}, "cross-site", "navigate", None),
        ("GET", {"mode": "cors"}, "same-origin", "cors", None),
        ("GET", {"mode": "cors", "site": "cross-site"}, "cross-site", "cors", FOREIGN),
        ("GET", {"mode": "no-cors", "site": "cross-site"}, "cross-site", "no-cors", None),
        ("POST", {"form": {"a": "b"}}, "same-origin", "navigate", OWN),
        ("POST", {"form": {}, "site": "same-site"}, "same-site", "navigate", SIBLING),
        ("POST", {"form": {}, "site": "cross-site"}, "cross-site", "navigate", FOREIGN),
        ("POST", {"json": {}}, "same-origin", "cors", OWN),
        ("POST", {"data": "x"}, "same-origin", "cors", OWN),
        ("PUT", {}, "same-origin", "cors", OWN),
    ],
)
async def test_a_request_says_where_it_comes_from_as_a_browser_would(
    app: Quart, method: str, options: dict[str, Any], site: str, mode: str, origin: str | None
) -> None:
    headers = await seen_by(Client(app, base_url=OWN), method, **options)

    assert headers["Sec-Fetch-Site"] == site
    assert headers["Sec-Fetch-Mode"] == mode
    assert headers.get("Sec-Fetch-User") == ("?1" if mode == "navigate" else None)
    assert headers.get("Origin") == origin
    destination = {"navigate": "document", "no-cors": "image"}.get(mode, "empty")
    assert headers["Sec-Fetch-Dest"] == destination


@pytest.mark.parametrize(
    ("options", "accepted"),
    [
        ({}, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ({"mode": "cors"}, "*/*"),
        ({"mode": "no-cors"}, "image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5"),
    ],
)
async def test_a_browser_says_what_it_takes_in_answer(
    app: Quart, options: dict[str, Any], accepted: str
) -> None:
    assert (await seen_by(Client(app), **options))["Accept"] == accepted

    chosen = Client(app, headers={"Accept": "text/plain"})
    assert (await seen_by(chosen, **options))["Accept"] == "text/plain"
    curl = Client(app, is_browser=False)
    assert (await seen_by(curl, **options))["Accept"] == "*/*"


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("site", "'same-origin', 'same-site', 'cross-site', 'none'"),
        ("mode", "'navigate', 'cors', 'no-cors'"),
    ],
)
async def test_an_unknown_site_or_mode_is_named_with_the_choices(
    app: Quart, name: str, choices: str
) -> None:
    said = f"{name}='foreign' is none of {choices}"

    with pytest.raises(ValueError, match=f"^{said}$"):
        await Client(app).request("GET", "/echo", **{name: "foreign"})  # type: ignore[arg-type]


def test_an_unknown_site_of_a_websocket_is_named_at_once(app: Quart) -> None:
    with pytest.raises(ValueError, match="site='other' is none of"):
        Client(app).websocket("/echo", site="other")  # type: ignore[arg-type]


async def test_put_patch_and_delete_are_a_scripts_requests(app: Quart) -> None:
    client = Client(app)

    answers = {
        "PUT": await client.put("/echo", json=1),
        "PATCH": await client.patch("/echo", json=1),
        "DELETE": await client.delete("/echo", json=1),
    }

    for method, answer in answers.items():
        seen = answer.json()
        assert (seen["method"], seen["json"]) == (method, 1)
        assert seen["headers"]["Sec-Fetch-Mode"] == "cors"
        assert seen["headers"]["Origin"] == "https://example.test"


async def test_head_is_answered_as_get_is_but_without_a_body(app: Quart) -> None:
    @app.get("/seen")
    async def seen() -> ResponseReturnValue:
        return "body", {"X-Method": request.method, "X-Mode": request.headers["Sec-Fetch-Mode"]}

    answer = await Client(app).head("/seen")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["X-Method"] == "HEAD"
    assert answer.headers["X-Mode"] == "navigate"
    assert answer.headers["Content-Length"] == "4"


async def test_fetch_is_what_a_script_does(app: Quart) -> None:
    page = await Client(app).fetch("/echo", method="PUT", json=1)

    assert page.json()["method"] == "PUT"
    assert page.json()["headers"]["Sec-Fetch-Mode"] == "cors"


async def test_over_plain_http_a_browser_tells_only_the_origin(app: Quart) -> None:
    headers = await seen_by(Client(app, base_url="http://example.org"), "POST")

    assert headers["Origin"] == "http://example.org"
    assert not [name for name in headers if name.startswith("Sec-Fetch")]


async def test_a_client_that_is_no_browser_says_nothing_of_sites(app: Quart) -> None:
    headers = await seen_by(Client(app, is_browser=False), "POST")

    assert not [name for name in headers if name.startswith("Sec-") or name == "Origin"]


async def test_cookies_come_back_and_refused_ones_are_told_with_the_reason(app: Quart) -> None:
    client = Client(app)

    await client.get("/cookie?line=a=1; HttpOnly")
    await client.get("/cookie?line=__Host-b=2")

    assert (await client.get("/echo")).json()["cookies"] == {"a": "1"}
    [refused] = client.refused
    assert refused.line == "__Host-b=2"
    assert refused.reason == "__Host-b needs Secure"
    assert refused.url.startswith("https://example.test/cookie")


async def test_another_sites_form_does_not_carry_a_lax_cookie_and_its_link_does(
    app: Quart,
) -> None:
    client = Client(app)
    client.set_cookie("a=1; SameSite=Lax")

    form = await client.post("/echo", site="cross-site")
    link = await client.get("/echo", site="cross-site")
    sibling = await client.post("/echo", site="same-site")

    assert form.json()["cookies"] == {}
    assert link.json()["cookies"] == {"a": "1"}
    assert sibling.json()["cookies"] == {"a": "1"}


async def test_a_partitioned_cookie_of_ours_does_not_go_along_when_another_site_embeds_us(
    app: Quart,
) -> None:
    client = Client(app)
    client.set_cookie("a=1; SameSite=None; Secure; Partitioned")
    client.set_cookie("b=2; SameSite=None; Secure")

    page = await client.fetch("/echo", site="cross-site")

    assert page.json()["cookies"] == {"b": "2"}


async def test_localhost_is_secure_only_where_the_test_says_so(app: Quart) -> None:
    strict = Client(app, base_url="http://localhost:8000")
    as_chromium = Client(app, base_url="http://localhost:8000", localhost_is_secure=True)

    for client in (strict, as_chromium):
        await client.get("/cookie?line=a=1; Secure")

    assert "a" not in strict.cookies
    assert "a" in as_chromium.cookies


async def test_closing_the_browser_keeps_only_what_was_meant_to_last(app: Quart) -> None:
    client = Client(app)
    client.set_cookie("a=1; Max-Age=300")
    client.set_cookie("b=2")

    client.close_browser()

    assert (await client.get("/echo")).json()["cookies"] == {"a": "1"}


async def test_several_browsers_and_several_requests_at_once_do_not_mix(app: Quart) -> None:
    clients = [Client(app) for _ in range(20)]
    for number, client in enumerate(clients):
        client.set_cookie(f"number={number}")

    pages = await asyncio.gather(*(client.get("/echo") for client in clients * 5))

    numbers = [page.json()["cookies"]["number"] for page in pages]
    assert numbers == [str(number) for number in range(20)] * 5


def test_a_client_goes_on_in_a_second_event_loop(app: Quart) -> None:
    client = Client(app)

    asyncio.run(client.get("/cookie?line=a=1"))
    page = asyncio.run(client.get("/echo"))

    assert page.json()["cookies"] == {"a": "1"}
