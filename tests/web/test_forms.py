"""Forms are read strictly, and a mistake costs nobody what they typed."""

from __future__ import annotations

import html
import re
from urllib.parse import quote_plus

import httpx
import pytest
from quart import Quart

from tests.web.asking import FORM, Answer, ask

LIMIT = 64 * 1024


async def post(
    app: Quart, body: bytes | list[bytes], path: str = "/login", **headers: str
) -> Answer:
    """A form as these octets."""
    given = {"Content-Type": FORM} | {name.replace("_", "-"): v for name, v in headers.items()}
    return await ask(app, path, method="POST", headers=given, body=body)


OTHER_TYPES = [
    *("application/json", "text/plain", "multipart/form-data; boundary=x", "text/html", "x", ""),
    *(f"{FORM}; charset=utf-7", f"{FORM}; charset=utf-16", f"{FORM}; charset=latin-1", f"{FORM}x"),
    *(f"{FORM}, application/json", f"{FORM}, {FORM}", f"{FORM}+xml", "/"),
]


@pytest.mark.parametrize("path", ["/login", "/language"])
async def test_what_is_not_a_form_of_ours_is_refused(app: Quart, path: str) -> None:
    for kind in OTHER_TYPES:
        answer = await post(app, b"name=Ada&language=fr", path, Content_Type=kind)

        assert (kind, answer.status, answer.all("set-cookie")) == (kind, 415, [])


@pytest.mark.parametrize("kinds", [[], [FORM, FORM], [FORM, "application/json"]])
async def test_exactly_one_content_type_is_needed(app: Quart, kinds: list[str]) -> None:
    headers = [("Content-Type", kind) for kind in kinds]

    answer = await ask(app, "/login", method="POST", headers=headers, body=b"name=Ada")

    assert answer.status == 415


@pytest.mark.parametrize("kind", [FORM.upper(), f"{FORM}; charset=UTF-8", f'{FORM};charset="utf8"'])
async def test_other_ways_to_write_the_right_type_are_taken(app: Quart, kind: str) -> None:
    answer = await post(app, b"name=Ada", Content_Type=kind)

    assert answer.status == 303


async def test_a_body_that_says_that_it_is_too_large_is_not_waited_for(app: Quart) -> None:
    answer = await post(app, [b"name=Ada", b"&x=1"], Content_Length=str(LIMIT + 1))

    assert answer.status == 413


@pytest.mark.parametrize("path", ["/login", "/logout", "/language"])
async def test_a_body_that_grows_too_large_is_refused(app: Quart, path: str) -> None:
    signed_in = await post(app, b"name=Ada")
    cookie = signed_in.get("set-cookie").partition(";")[0]

    answer = await post(app, [b"x" * 1000] * 70, path, Cookie=cookie, User_Agent="Mozilla/5.0")

    assert answer.status == 413
    assert "That is too much at once" in answer.text


async def test_the_largest_body_is_still_read(app: Quart) -> None:
    padding = b"&x=" + b"x" * (LIMIT - len(b"name=Ada&x="))

    assert (await post(app, b"name=Ada" + padding)).status == 303
    assert (await post(app, b"name=Ada" + padding + b"x")).status == 413


UNCLEAR = [
    *(b"name=\xff", b"name=%ff", b"name=%c0%af", b"name=%ed%a0%80", b"name=%f8%88%80%80%80"),
    *(b"name=a%00b", b"name=a\0b", b"name=a%0ab", b"name=a%0d%0ab", b"name=a%09b", b"name=%7f"),
    *(b"name=%c2%85", b"name=%c2%9b", b"name=%e2%80%a8", b"name=%e2%80%a9", b"name=%ef%bf%bd"),
    *(b"name=Ada&name=Eve", b"name=Ada&name=Ada", b"name=&name=Ada", b"n%00=1&name=Ada"),
    *(b"name=Ada" + b"&x" * 20, b"&" * 40, b"&".join(b"f%d=1" % n for n in range(3000))),
]


async def test_what_is_not_clearly_a_form_is_refused(app: Quart) -> None:
    for body in UNCLEAR:
        answer = await post(app, body)

        assert (body, answer.status, answer.all("set-cookie")) == (body, 400, [])
        assert "This request cannot be understood" in answer.text


async def test_twenty_fields_are_not_too_many(app: Quart) -> None:
    others = b"".join(b"&f%d=1" % n for n in range(19))

    assert (await post(app, b"name=Ada" + others)).status == 303
    assert (await post(app, b"name=Ada" + others + b"&f=1")).status == 400


MISTAKES = {
    "missing": b"",
    "another field": b"user=Ada",
    "an array": b"name[]=Ada",
    "empty": b"name=",
    "spaces": b"name=+++",
    "a space of another kind": "name=\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}".encode(),
    "nothing to see": "name=\N{ZERO WIDTH SPACE}\N{RIGHT-TO-LEFT OVERRIDE}".encode(),
    "letters without a shape": "name=\N{HANGUL FILLER}\N{BRAILLE PATTERN BLANK}".encode(),
    "an accent without a letter": "name=\N{COMBINING GRAVE ACCENT}".encode(),
    "empty, though there is another": b"name=&username=Ada",
}
LANGUAGES = {
    "en": ("Enter your name.", "This name is too long.", "Log in"),
    "fr": ("Saisissez votre nom.", "Ce nom est trop long.", "Se connecter"),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_without_a_name_the_form_is_shown_again(app: Quart, language: str) -> None:
    missing, _, button = LANGUAGES[language]
    for body in MISTAKES.values():
        answer = await post(app, body, Accept_Language=language)

        assert answer.status == 400
        assert f">{button}</button>" in answer.text
        assert answer.get("content-language") == language
        assert answer.all("set-cookie") == []
        assert error_beside_the_field(answer) == missing


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_name_that_is_too_long_is_kept_to_be_shortened(app: Quart, language: str) -> None:
    typed = "\N{GRINNING FACE}" * 101

    answer = await post(app, f"name={quote_plus(typed)}".encode(), Accept_Language=language)

    assert answer.status == 400
    assert error_beside_the_field(answer) == LANGUAGES[language][1]
    assert f'value="{typed}"' in answer.text


async def test_what_was_typed_is_kept_and_cannot_leave_its_field(app: Quart) -> None:
    typed = "\"><script>alert(1)</script>{{7*7}}'" + "x" * 100

    answer = await post(app, f"name={quote_plus(typed)}".encode())

    assert answer.status == 400
    assert b"<script>" not in answer.body
    kept = re.search(rb'id="name"[^>]* value="([^"]*)"', answer.body)
    assert kept is not None
    assert html.unescape(kept.group(1).decode()) == typed


async def test_a_form_without_mistake_has_no_error(visitor: httpx.AsyncClient) -> None:
    form = (await visitor.get("/login")).text

    assert "aria-invalid" not in form
    assert "aria-describedby" not in form
    assert 'id="form-error"' not in form
    assert '<label for="name">Name</label>' in form


async def test_who_is_signed_in_stays_so_after_a_mistake(ada: httpx.AsyncClient) -> None:
    mistake = await ada.post("/login", data={"name": ""})

    assert mistake.status_code == 400
    assert (await ada.get("/")).status_code == 200


def error_beside_the_field(answer: Answer) -> str:
    """What the field itself points to, for eyes and for readers of screens."""
    field = re.search(r'<input id="name".*?>', answer.text, re.DOTALL)
    assert field is not None
    assert 'aria-invalid="true"' in field.group()
    assert 'aria-describedby="form-error"' in field.group()
    error = re.search(r'<p[^>]* id="form-error"[^>]*>(.*?)</p>', answer.text)
    assert error is not None
    return error.group(1)
