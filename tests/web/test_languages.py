"""Every page in the visitor's language, by what the browser asks for or by what was chosen."""

from __future__ import annotations

import asyncio
import html
import re
import tracemalloc
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
from itsdangerous import Signer
from quart import Quart, Request
from werkzeug.datastructures import Headers

from quart_app import create_app
from quart_app.login.paths import Paths
from quart_app.testing import BrokenStore, FakeClock
from quart_app.web.catalogues import Languages
from quart_app.web.language import KNOWN_WISHES, MOST_CHARACTERS, LanguageSwitch
from tests.web.asking import ask, browser, cookie_set_by, shown
from tests.web.configured import configured

HEADINGS = {
    "en": {
        "/login": "Log in",
        "/logout": "Log out",
        "/": "Home",
        "/nothing": "There is no such page",
    },
    "fr": {
        "/login": "Se connecter",
        "/logout": "Se déconnecter",
        "/": "Accueil",
        "/nothing": "Cette page n’existe pas",
    },
}
ERRORS = {
    400: ("This request cannot be understood", "Cette requête est incompréhensible"),
    403: ("This did not come from one of our pages", "Ceci ne vient pas d’une de nos pages"),
    404: ("There is no such page", "Cette page n’existe pas"),
    405: ("This address cannot do that", "Cette adresse ne sait pas faire cela"),
    413: ("That is too much at once", "C’est trop à la fois"),
    415: ("This is not a form of ours", "Ce n’est pas un de nos formulaires"),
    500: ("Something went wrong here", "Quelque chose s’est mal passé chez nous"),
    503: ("We cannot serve you right now", "Nous ne pouvons pas vous servir pour l’instant"),
}


async def language_for(app: Quart, accepted: str) -> str:
    answer = await ask(app, "/login", headers={"Accept-Language": accepted})
    code = answer.get("content-language")
    assert f'<html lang="{code}" dir="ltr">' in answer.text
    return code


def asking_for(accepted: str) -> Request:
    headers = Headers({"Accept-Language": accepted})
    scope: Any = {}
    return Request(
        "GET", "http", "/", b"", headers, "", "1.1", scope, send_push_promise=no_push_promise
    )


async def no_push_promise(path: str, headers: Headers) -> None:
    """Nobody asks for one."""


@pytest.mark.parametrize("config", [{}, {"DEFAULT_LANGUAGE": "fr"}], ids=["en", "fr"])
async def test_the_browser_asks_for_a_language(app: Quart) -> None:
    french = ["fr", "FR", "fr-CA", "fr-CA,fr;q=0.9,en;q=0.8", "en;q=0.1,fr", "de,fr;q=0.5,en;q=0.4"]
    french += ["fr-CA,en;q=0.9", "fr-Latn-CA,en-US;q=0.8,en;q=0.7", "*;q=0.1,fr"]
    english = [
        "en",
        "en-GB,en;q=0.9",
        "en;q=0.1",
        "fr;q=0.1,en;q=0.2",
        "de;q=0.9,en;q=0.1",
        "fr;q=0,en",
    ]

    assert {asked: await language_for(app, asked) for asked in french} == dict.fromkeys(
        french, "fr"
    )
    assert {asked: await language_for(app, asked) for asked in english} == dict.fromkeys(
        english, "en"
    )


@pytest.mark.parametrize("config", [{}, {"DEFAULT_LANGUAGE": "fr"}], ids=["en", "fr"])
async def test_who_asks_for_none_of_ours_gets_the_sites_own(app: Quart) -> None:
    default = app.config.get("DEFAULT_LANGUAGE", "en")
    strange = [
        "",
        "de",
        "x",
        ";;;",
        ",,,",
        "q=1",
        "fr;q=0,de",
        "../fr",
        "<script>",
        "\xff\xfe",
        "-",
    ]

    for asked in strange:
        assert (asked, await language_for(app, asked)) == (asked, default)


async def test_a_wish_of_87_kilobytes_is_not_read_to_its_end(app: Quart) -> None:
    endless = ",".join(f"x{n}-y{n};q=0.{n}" for n in range(6000))

    assert len(endless) > 87_000
    assert await language_for(app, endless) == "en"
    assert await language_for(app, f"fr,{endless}") == "fr"
    assert await language_for(app, f"{endless},fr") == "en"


def test_wishes_are_remembered_rightly_and_not_all_of_them() -> None:
    switch = LanguageSwitch(Languages.found(default="en"), paths=Paths(""), secret_keys=["x" * 16])
    wishes = [(f"x-{n:0190},{code}", code) for n in range(2_500) for code in ("en", "fr")]

    right = [switch.of(asking_for(wish)).code == code for wish, code in wishes[:KNOWN_WISHES] * 2]
    tracemalloc.start()
    right += [switch.of(asking_for(wish)).code == code for wish, code in wishes]
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert all(right)
    assert grown < 4 * KNOWN_WISHES * MOST_CHARACTERS


@pytest.mark.parametrize("code", ["en", "fr"])
async def test_every_page_is_in_the_language_and_says_so(ada: httpx.AsyncClient, code: str) -> None:
    ada.headers["Accept-Language"] = code
    for path, heading in HEADINGS[code].items():
        page = await ada.get(path, headers={"Sec-Fetch-Site": "none"}, follow_redirects=False)
        if path == "/login":
            page = await ada.post(path, data={"name": ""})

        assert f"<h1>{html.escape(heading)}</h1>" in page.text.replace("&#39;", "&#x27;")
        assert f'<html lang="{code}" dir="ltr">' in page.text
        assert page.headers["content-language"] == code
        assert "Accept-Language" in page.headers["vary"]


@pytest.mark.parametrize("code", ["en", "fr"])
async def test_every_error_page_is_in_the_language(
    app: Quart, store: BrokenStore, code: str
) -> None:
    async def fail() -> NoReturn:
        raise RuntimeError

    app.add_url_rule("/fails", "fails", fail)
    async with browser(app, headers={"Accept-Language": code}) as ada:
        await ada.post("/login", data={"name": "Ada"})
        answers = [
            await ada.post("/login", data={"name": "\0"}),
            await ada.post("/login", headers={"Origin": "null"}),
            await ada.get("/nothing"),
            await ada.put("/login"),
            await ada.post("/login", data={"name": "x" * 70_000}),
            await ada.post("/login", json={}),
            await ada.get("/fails"),
        ]
        store.broken = True
        answers.append(await ada.get("/"))

    heading = {status: words[code == "fr"] for status, words in ERRORS.items()}
    assert [answer.status_code for answer in answers] == list(ERRORS)
    for answer in answers:
        assert f"<h1>{heading[answer.status_code]}</h1>" in shown(answer)
        assert f'<html lang="{code}" dir="ltr">' in answer.text
        assert answer.headers["content-language"] == code


async def test_times_follow_the_language(ada: httpx.AsyncClient, clock: FakeClock) -> None:
    assert clock() == 1_800_000_000
    clock.advance(minutes=5)

    english = await ada.get("/user", headers={"Accept-Language": "en"})
    french = await ada.get("/user", headers={"Accept-Language": "fr"})

    moment = '<time class="local" datetime="2027-01-15T08:00:00+00:00">'
    assert f"Logged in: {moment}5 minutes ago</time>" in english.text
    assert f"Connexion\N{NO-BREAK SPACE}: {moment}il y a 5 minutes</time>" in french.text


async def test_a_language_that_was_chosen_is_remembered_without_a_session(
    visitor: httpx.AsyncClient, store: BrokenStore
) -> None:
    store.broken = True  # nothing of this needs it

    form = await visitor.get("/login?next=/user")
    offered = re.findall(r'name="language" value="(\w+)" lang="(\w+)">(\w+)<', form.text)
    back = re.findall(r'name="next" value="([^"]*)"', form.text.partition("<footer>")[2])
    chosen = await visitor.post("/language", data={"language": "fr", "next": back[0]})
    after = await visitor.get(chosen.headers["location"], headers={"Accept-Language": "en"})

    assert offered == [("fr", "fr", "Français")]
    assert chosen.headers["location"] == "/login?next=/user"
    assert cookie_set_by(chosen) == ""
    line = cookie_set_by(chosen, "language").lower()
    assert {"httponly", "samesite=lax", "path=/", "max-age=31536000"} <= set(line.split("; "))
    assert "secure" not in line
    assert '<html lang="fr"' in after.text


async def test_a_chosen_language_outlasts_signing_in_and_out(visitor: httpx.AsyncClient) -> None:
    await visitor.post("/language", data={"language": "fr"})
    await visitor.post("/login", data={"name": "Ada"})
    home = await visitor.get("/")
    await visitor.post("/logout")
    form = await visitor.get("/login")

    assert "Vous êtes connecté en tant que Ada." in shown(home)
    assert "Se connecter" in form.text


@configured(SESSION_COOKIE_SECURE=True)
async def test_over_https_only_the_choice_is_kept_there_too(app: Quart) -> None:
    async with browser(app, base_url="https://localhost") as visitor:
        chosen = await visitor.post("/language", data={"language": "fr"})

    assert "secure" in cookie_set_by(chosen, "language").lower()


async def test_a_choice_that_was_forged_counts_for_nothing(app: Quart) -> None:
    other_key = Signer("another key", salt="quart_app: language").sign("fr").decode()
    other_salt = Signer(app.secret_key or "", salt="elsewhere").sign("fr").decode()
    unknown = Signer(app.secret_key or "", salt="quart_app: language").sign("tlh").decode()

    forged = [other_key, other_salt, unknown, "fr", "fr.", ".fr", "", "\xff", "x" * 4000]
    for value in forged:
        answer = await ask(app, "/login", headers={"Cookie": f"language={value}"})

        assert (value, answer.status, answer.get("content-language")) == (value, 200, "en")
        assert answer.all("set-cookie") == []


async def test_only_a_language_that_there_is_can_be_chosen(visitor: httpx.AsyncClient) -> None:
    for wrong in ({"language": "tlh"}, {"language": "../fr"}, {"language": ""}, {}):
        answer = await visitor.post("/language", data={**wrong, "next": "/user"})

        assert answer.status_code == 400
        assert answer.headers.get_list("set-cookie") == []


async def test_choosing_leads_back_to_the_page_and_never_to_signing_out(
    visitor: httpx.AsyncClient,
) -> None:
    for back, led_to in {"/user": "/user", "/logout": "/", "/language": "/", "//x": "/"}.items():
        answer = await visitor.post("/language", data={"language": "fr", "next": back})

        assert answer.headers["location"] == led_to


async def test_the_switch_is_no_page(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/language")).status_code == 405


OLD, NEW = "an earlier secret key", "the secret key of today"


async def test_a_language_chosen_under_an_earlier_secret_key_still_counts(tmp_path: Path) -> None:
    keys = (
        {"SECRET_KEY": OLD},
        {"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": [OLD]},
        {"SECRET_KEY": NEW},
    )
    apps = [await asyncio.to_thread(create_app, {"DATA_DIR": tmp_path, **key}) for key in keys]
    async with browser(apps[0]) as visitor:
        await visitor.post("/language", data={"language": "fr"})
        cookie = visitor.cookies["language"]

    seen = [
        (await ask(app, "/login", headers={"Cookie": f"language={cookie}"})).get("content-language")
        for app in apps
    ]

    assert seen == ["fr", "fr", "en"]
