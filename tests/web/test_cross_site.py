"""What another site may have a visitor's browser do here: nothing that changes anything."""

from __future__ import annotations

import itertools
import re

import httpx
import pytest
from quart import Quart
from werkzeug.exceptions import Forbidden

from quart_app.web.cross_site import Tokens
from tests.web.asking import ask, browser
from tests.web.configured import configured

SITES = ("same-origin", "none", "same-site", "cross-site", "junk", "", None)
ORIGINS = {
    "own": "http://localhost",
    "own, shouted": "HTTP://LOCALHOST",
    "other": "http://evil.example",
    "sibling": "http://x.localhost",
    "prefixed": "http://localhost.evil.example",
    "other port": "http://localhost:8000",
    "null": "null",
    "empty": "",
    "broken": "http://[",
    "user": "http://localhost@evil.example",
    "absent": None,
}
REFERERS = {
    "own": "http://localhost/user",
    "other": "http://evil.example/http://localhost/",
    "other port": "http://localhost:8000/",
    "broken": "http://[",
    "empty": "",
    "absent": None,
}
# The only pairs of the two that speak for a page of ours, or for no browser at all.
OURS = {
    *itertools.product(("same-origin", "none"), ORIGINS),
    *itertools.product((None,), ("own", "own, shouted", "absent")),
}


def headers(**given: str | None) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in given.items() if value is not None}


async def token_of(client: httpx.AsyncClient) -> str:
    """What the form for logging out holds."""
    page = await client.get("/user")
    found = re.search(r'name="token" value="([0-9a-f]+)"', page.text)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize("path", ["/login", "/language"])
@pytest.mark.parametrize("site", SITES)
async def test_signing_in_and_choosing_a_language_are_done_from_our_pages_only(
    app: Quart, site: str | None, path: str
) -> None:
    done = set()
    for name, origin in ORIGINS.items():
        async with browser(app) as victim:
            answer = await victim.post(
                path,
                data={"name": "Eve", "language": "fr"},
                headers=headers(sec_fetch_site=site, origin=origin),
            )
        assert answer.status_code in (303, 403)
        assert bool(answer.headers.get_list("set-cookie")) is (answer.status_code == 303)
        if answer.status_code == 303:
            done.add((site, name))

    assert done == {(s, origin) for s, origin in OURS if s == site}


async def tokens_in(victim: httpx.AsyncClient) -> dict[str, str]:
    """Signs in as two people; the tokens of both times."""
    await victim.post("/login", data={"name": "Somebody else"})
    old = await token_of(victim)
    await victim.post("/login", data={"name": "Victim"})
    return {"good": await token_of(victim), "old": old}


@pytest.mark.parametrize("site", SITES)
async def test_signing_out_takes_the_token_of_this_very_session(
    visitor: httpx.AsyncClient, ada: httpx.AsyncClient, site: str | None
) -> None:
    fixed = {"another's": await token_of(ada), "none": ""}
    tokens = {**fixed, **await tokens_in(visitor)}
    done = set()
    for (name, origin), kind in itertools.product(ORIGINS.items(), sorted(tokens)):
        said = headers(sec_fetch_site=site, origin=origin)
        answer = await visitor.post("/logout", data={"token": tokens[kind]}, headers=said)
        signed_out = (await visitor.get("/")).status_code == 302
        assert answer.status_code == (303 if signed_out else 403)
        if signed_out:
            done.add((site, name, kind))
            tokens = {**fixed, **await tokens_in(visitor)}

    without_browser = {(None, "absent", kind) for kind in ("another's", "old", "none")}
    assert done == {
        (s, origin, kind)
        for s, origin, kind in {*((*pair, "good") for pair in OURS), *without_browser}
        if s == site
    }


@pytest.mark.parametrize("purpose", [None, "Sec-Purpose", "Purpose"])
@pytest.mark.parametrize("site", SITES)
async def test_a_link_signs_out_from_our_own_page_only_and_never_ahead_of_the_click(
    app: Quart, site: str | None, purpose: str | None
) -> None:
    ahead = {} if purpose is None else {purpose: "prefetch;prerender"}
    done = set()
    for name, referer in REFERERS.items():
        async with browser(app) as victim:
            await victim.post("/login", data={"name": "Victim"})
            said = {**ahead, **headers(sec_fetch_site=site, referer=referer)}
            answer = await victim.get("/logout", headers=said)
            signed_out = (await victim.get("/")).status_code == 302
        assert answer.status_code == (303 if signed_out else 200)
        if signed_out:
            done.add((site, name))
        else:
            assert "Do you want to log out?" in answer.text

    clicks = {*itertools.product(("same-origin",), REFERERS), (None, "own"), (None, "absent")}
    assert done == {(s, referer) for s, referer in clicks if s == site and purpose is None}


@pytest.mark.parametrize(
    ("scheme", "origin", "status"),
    [
        ("https", "https://localhost", 303),
        ("https", "http://localhost", 403),
        ("https", "localhost", 403),
        # Behind a proxy that speaks https for us.
        ("http", "https://localhost", 303),
    ],
)
async def test_a_page_over_plain_http_does_not_speak_for_one_over_https(
    app: Quart, scheme: str, origin: str, status: int
) -> None:
    async with browser(app, base_url=f"{scheme}://localhost") as victim:
        answer = await victim.post("/login", data={"name": "Eve"}, headers={"Origin": origin})

    assert answer.status_code == status


@pytest.mark.parametrize(
    "hint",
    [
        {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"},
        {"Upgrade-Insecure-Requests": "1"},
        {"Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Dest": "image"},
        {"Origin": "null"},
    ],
    ids=lambda hint: next(iter(hint)),
)
async def test_a_browser_that_keeps_back_where_the_click_came_from_is_asked(
    ada: httpx.AsyncClient, hint: dict[str, str]
) -> None:
    answer = await ada.get("/logout", headers=hint)

    assert answer.status_code == 200
    assert "Do you want to log out?" in answer.text
    assert (await ada.get("/")).status_code == 200


async def test_the_button_that_asks_signs_out(ada: httpx.AsyncClient) -> None:
    asked = await ada.get("/logout", headers={"Sec-Fetch-Site": "cross-site"})
    token = re.findall(r'name="token" value="([0-9a-f]+)"', asked.text)
    pressed = await ada.post(
        "/logout", data={"token": token[0]}, headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert pressed.status_code == 303
    assert (await ada.get("/")).status_code == 302


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_plain_client_signs_in_and_out_with_one_request_each(
    visitor: httpx.AsyncClient, method: str
) -> None:
    signed_in = await visitor.post("/login", data={"name": "Ada"})
    greeted = await visitor.get("/")
    signed_out = await visitor.request(method, "/logout")
    sent_away = await visitor.get("/")

    assert (signed_in.status_code, greeted.status_code) == (303, 200)
    assert (signed_out.status_code, sent_away.status_code) == (303, 302)


@configured(SESSION_TYPE="cookie")
async def test_signed_cookies_have_tokens_too(app: Quart, ada: httpx.AsyncClient) -> None:
    async with browser(app) as grace:
        await grace.post("/login", data={"name": "Grace"})
        hers = await token_of(grace)
    from_our_page = {"Sec-Fetch-Site": "same-origin"}

    forged = await ada.post("/logout", data={"token": hers}, headers=from_our_page)
    own = await ada.post("/logout", data={"token": await token_of(ada)}, headers=from_our_page)

    assert (forged.status_code, own.status_code) == (403, 303)


@pytest.mark.parametrize("token", ["", "é", "0" * 64, "0" * 5000, "None"])
async def test_a_strange_token_is_refused(ada: httpx.AsyncClient, token: str) -> None:
    answer = await ada.post(
        "/logout", data={"token": token}, headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert answer.status_code == 403
    assert (await ada.get("/")).status_code == 200


async def test_a_token_in_the_address_does_not_count(ada: httpx.AsyncClient) -> None:
    answer = await ada.post(
        f"/logout?token={await token_of(ada)}",
        data={"x": "y"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert answer.status_code == 403


async def test_no_page_is_opened_to_other_origins(app: Quart, ada: httpx.AsyncClient) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for path in ("/", "/login", "/user", "/static/style.css", "/healthz", "/nothing"):
        for method in ("GET", "OPTIONS"):
            answer = await ask(app, path, method=method, headers=asked)

            assert not [name for name, _ in answer.headers if name.startswith("access-control")]


def test_a_form_that_was_sent_out_under_an_earlier_secret_key_still_counts() -> None:
    before, after = Tokens(["old"]), Tokens(["new", "old"])

    after.verify(before.make("session"), "session")

    assert after.make("session") == Tokens(["new"]).make("session")
    with pytest.raises(Forbidden):
        Tokens(["new"]).verify(before.make("session"), "session")
