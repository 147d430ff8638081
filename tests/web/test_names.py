"""A name is shown as it was typed, whatever it is made of."""

from __future__ import annotations

import re
import unicodedata

import httpx
import pytest
from markupsafe import escape
from quart import Quart

from tests.web.configured import configured

NAMES = {
    "Latin": "Zoë Müller-Łukasz",
    "Greek": "Σωκράτης",
    "Cyrillic": "Екатерина",
    "Arabic": "محمد بن سلمان",
    "Hebrew": "דוד",
    "both ways": "Ada דוד 42 محمد",
    "Devanagari": "अनन्या",
    "Tamil": "தமிழ்",
    "Thai": "สมชาย",
    "Korean": "김철수",
    "Chinese": "王小明",
    "Japanese": "たろう・タロウ",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f\u200d\U0001f308",
    "piled up": "Z\u0351\u036b\u0343a\u0363\u0329\u034el\u0320g\u0300\u031bo",
    "override": "\u202eadA",
    "HTML": "<script>alert('1')</script><b>&amp;</b>\"",
    "closing": "</bdi></h1><h1>",
    "template": "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "percent": "%s %d %(name)s %(time)s %",
    "braces": "{name} {0} {0.__class__}",
    "SQL": "'; DROP TABLE users; --",
    "path": "../../etc/passwd",
    "None": "None",
    "zero": "0",
    "null": "null",
    "plus and equals": "a+b=c&d;e%20f",
    "beyond the first plane": "\U00010400\U0001d54f",
}


@configured(LOGIN_REDIRECT="/user")
@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_name_is_shown_intact_escaped_and_apart(
    visitor: httpx.AsyncClient, language: str
) -> None:
    visitor.headers["Accept-Language"] = language
    for name in NAMES.values():
        escaped = escape(unicodedata.normalize("NFC", name))

        user = await visitor.post("/login", data={"name": name}, follow_redirects=True)
        home = await visitor.get("/")

        assert re.search(rf"<h1[^>]*><bdi>{re.escape(escaped)}</bdi></h1>", user.text)
        assert f"<title>{escaped}</title>" in user.text
        assert f"<bdi>{escaped}</bdi>" in home.text
        assert "<script>" not in user.text + home.text


@pytest.mark.parametrize("name", [7, 1.5, ["<b>"], {"id": "<b>"}])
async def test_what_another_application_took_for_a_name_is_shown_too(
    app: Quart, name: object
) -> None:
    browser = app.test_client()
    async with browser.session_transaction() as session:
        session["name"] = name

    pages = [await browser.get(path) for path in ("/", "/user")]

    for page in pages:
        assert f"<bdi>{escape(name)}</bdi>" in await page.get_data(as_text=True)


@pytest.mark.parametrize("letter", ["x", "é", "\N{GRINNING FACE}"])
async def test_a_name_has_a_hundred_characters_at_most(
    visitor: httpx.AsyncClient, letter: str
) -> None:
    fits = await visitor.post("/login", data={"name": letter * 100})
    does_not = await visitor.post("/login", data={"name": letter * 101})

    assert fits.status_code == 303
    assert does_not.status_code == 400
    assert f"<bdi>{letter * 100}</bdi>" in (await visitor.get("/")).text


async def test_a_name_is_measured_before_it_is_put_in_one_spelling(
    visitor: httpx.AsyncClient,
) -> None:
    answer = await visitor.post("/login", data={"name": "e\N{COMBINING ACUTE ACCENT}" * 51})

    assert answer.status_code == 400


async def test_two_spellings_of_a_name_are_one_person(visitor: httpx.AsyncClient) -> None:
    await visitor.post("/login", data={"name": "Zoe\N{COMBINING DIAERESIS}"})

    assert "<bdi>Zoë</bdi>" in (await visitor.get("/")).text


async def test_blanks_about_a_name_are_no_part_of_it(visitor: httpx.AsyncClient) -> None:
    await visitor.post("/login", data={"name": "  Ada  King\N{NO-BREAK SPACE}"})

    assert "<bdi>Ada  King</bdi>" in (await visitor.get("/")).text


@configured(SESSION_TYPE="cookie")
async def test_a_signed_cookie_carries_every_name_too(visitor: httpx.AsyncClient) -> None:
    for name in NAMES.values():
        home = await visitor.post("/login", data={"name": name}, follow_redirects=True)

        assert f"<bdi>{escape(unicodedata.normalize('NFC', name))}</bdi>" in home.text
