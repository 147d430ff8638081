"""What another site may have a visitor's browser do here: nothing that changes anything."""

from __future__ import annotations

import itertools
import re

import httpx
import pytest
from quart import Quart, session

from tests.web.asking import ask, browser

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
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
DONE = ("signed in", "out without token", "out with token")
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
async def test_signing_out_takes_a_page_of_ours_or_the_token_of_this_very_session(
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

    # With those that are no browser's, which say nothing at all.
    without_token = {
        *itertools.product(("same-origin",), ORIGINS),
        *itertools.product((None,), ("own", "own, shouted", "absent")),
    }
    enough = {
        *((*pair, "good") for pair in OURS),
        *((*pair, kind) for pair in without_token for kind in tokens),
    }
    assert done == {(s, origin, kind) for s, origin, kind in enough if s == site}


@pytest.mark.parametrize("origin", [None, "http://localhost", "http://evil.example", "null"])
async def test_where_neither_came_forms_look_at_the_page_they_were_sent_from(
    app: Quart, origin: str | None
) -> None:
    done = set()
    for name, referer in REFERERS.items():
        said = headers(user_agent=FIREFOX, origin=origin, referer=referer)
        async with browser(app) as victim:
            signed_in = await victim.post("/login", data={"name": "Victim"}, headers=said)
            await victim.post("/login", data={"name": "Victim"})
            good = await token_of(victim)
            without = await victim.post("/logout", data={"x": "y"}, headers=said)
            with_token = await victim.post("/logout", data={"token": good}, headers=said)
        statuses = [signed_in.status_code, without.status_code, with_token.status_code]
        done |= {(name, what) for what, status in zip(DONE, statuses, strict=True) if status == 303}

    match origin:
        case None:
            unsaid = itertools.product(("absent", "empty"), ("signed in", "out with token"))
            assert done == {*itertools.product(("own",), DONE), *unsaid}
        case "http://localhost":
            assert done == {*itertools.product(REFERERS, DONE)}
        case _:
            assert done == set()


@pytest.mark.parametrize("path", ["/login", "/language"])
async def test_no_form_over_https_comes_from_a_page_over_plain_http(app: Quart, path: str) -> None:
    async with browser(app, base_url="https://localhost") as victim:
        answers = [
            await victim.post(
                path,
                data={"name": "Eve", "language": "fr"},
                headers={"Referer": f"{scheme}://localhost/"},
            )
            for scheme in ("http", "https")
        ]

    assert [answer.status_code for answer in answers] == [403, 303]


@pytest.mark.parametrize("said", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": ORIGINS["own"]}])
async def test_the_button_on_a_page_from_before_another_sign_in_signs_out(
    ada: httpx.AsyncClient, said: dict[str, str]
) -> None:
    stale = await token_of(ada)
    await ada.post("/login", data={"name": "Grace"})

    pressed = await ada.post(
        "/logout", data={"token": stale}, headers={"User-Agent": FIREFOX, **said}
    )

    assert pressed.status_code == 303
    assert (await ada.get("/")).status_code == 302


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


@pytest.mark.parametrize(
    "said", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}], ids=str
)
async def test_a_script_of_a_page_of_ours_signs_out_without_the_form(
    ada: httpx.AsyncClient, said: dict[str, str]
) -> None:
    answer = await ada.post("/logout", headers={"User-Agent": FIREFOX, **said})

    assert answer.status_code == 303
    assert (await ada.get("/")).status_code == 302


async def test_a_click_that_comes_under_the_token_of_before_signs_out(
    app: Quart, ada: httpx.AsyncClient
) -> None:
    @app.post("/renew")
    async def renew() -> str:
        session.regenerate()  # type: ignore[attr-defined]
        return ""

    async with browser(app) as late:
        late.cookies = httpx.Cookies(ada.cookies)
        await ada.post("/renew")
        answer = await late.get("/logout")

    assert answer.status_code == 303
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


async def test_no_page_is_opened_to_other_origins(app: Quart, ada: httpx.AsyncClient) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for path in ("/", "/login", "/user", "/static/style.css", "/healthz", "/nothing"):
        for method in ("GET", "OPTIONS"):
            answer = await ask(app, path, method=method, headers=asked)

            assert not [name for name, _ in answer.headers if name.startswith("access-control")]
