"""The catalogues say all that the pages say and no more; one more file is one more language."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from quart_app.errors import ConfigurationError
from quart_app.web.catalogues import Languages
from tests.catalogues import LOCALES, TOP, catalogue_paths, read, texts, written
from tests.kit.processes import python

PATHS = {path.parts[-3]: path for path in catalogue_paths()}
PLACE = re.compile(r"%(?:\(\w+\))?[a-z%]")
TEMPLATES = sorted((TOP / "templates").rglob("*.html"))

# Walks through the pages as somebody who reads Arabic, and prints what there is to see.
WALK = """
import asyncio, sys
from quart_app import create_app

async def walk(app):
    client = app.test_client()
    arabic = {"Accept-Language": "ar-EG,en;q=0.5"}
    form = await client.get("/login", headers=arabic)
    print(await form.get_data(as_text=True))
    switch = await client.get("/login")
    print(await switch.get_data(as_text=True))
    await client.post("/login", form={"name": "Ada"})
    user = await client.get("/user", headers=arabic)
    print(await user.get_data(as_text=True))

asyncio.run(walk(create_app({"DATA_DIR": sys.argv[1], "SESSION_TYPE": "memory"})))
"""
ARABIC = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Log in"
msgstr "دخول"

msgid "Logged in: %(time)s"
msgstr "الدخول: %(time)s"

#, fuzzy
msgid "Name"
msgstr "تخمين"
"""


def messages(path: Path) -> dict[str | tuple[str, ...], Message]:
    """By their texts: two of them, where a count decides."""
    return {_id(message): message for message in read(path) if message.id}


def _id(message: Message) -> str | tuple[str, ...]:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def strings(message: Message) -> tuple[str, ...]:
    """What a translator has written: one text, or one for each kind of count."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def said_by(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def places_in(text: str) -> tuple[str, ...]:
    return tuple(sorted(PLACE.findall(text)))


def test_there_are_two_languages_at_least() -> None:
    assert {"en", "fr"} <= set(PATHS)


@pytest.mark.parametrize("code", PATHS)
def test_every_text_is_translated(code: str) -> None:
    known = messages(PATHS[code])
    said = {text for text, _ in texts()}

    untranslated = {
        text
        for text in said
        if text not in known or not all(strings(known[text])) or known[text].fuzzy
    }

    assert untranslated == set(), "run python -m tests.catalogues, and translate what is new"


@pytest.mark.parametrize("code", PATHS)
def test_no_text_is_stale(code: str) -> None:
    said = {text for text, _ in texts()}

    assert set(messages(PATHS[code])) == said
    assert not read(PATHS[code]).obsolete


@pytest.mark.parametrize("code", PATHS)
def test_translations_have_the_places_of_the_text(code: str) -> None:
    places = {
        text: ({places_in(each) for each in said_by(text)}, {*map(places_in, strings(message))})
        for text, message in messages(PATHS[code]).items()
    }

    assert {text: (own, other) for text, (own, other) in places.items() if own != other} == {}


@pytest.mark.parametrize("code", PATHS)
def test_translations_hold_no_markup_and_no_blanks_about_them(code: str) -> None:
    for message in messages(PATHS[code]).values():
        for string in strings(message):
            assert not set("<>&") & set(string)
            assert string == string.strip()


@pytest.mark.parametrize("code", PATHS)
def test_translations_are_set_as_their_readers_set_them(code: str) -> None:
    for message in messages(PATHS[code]).values():
        for string in strings(message):
            assert not set("'\"") & set(string), "those of a typewriter"
            assert re.findall(r"(?<=[^.:] )[A-ZÀ-Ý]", string) == []


def test_another_language_is_not_the_same_words() -> None:
    same = [
        text
        for text, message in messages(PATHS["fr"]).items()
        if {*strings(message)} & {*said_by(text)}
    ]

    assert same == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_nothing_that_no_translator_sees(template: Path) -> None:
    source = template.read_text()

    spoken = re.sub(r"\{[{%#].*?[}%#]\}", "", source, flags=re.DOTALL)
    in_attributes = re.findall(
        r'(?:placeholder|title|alt|aria-label|content)="([^"]*)"', spoken, re.DOTALL
    )
    visible = re.sub(r"<[^>]*>", "", spoken)

    assert re.findall(r"[^\W\d_]+", visible) == []
    allowed = {"width=device-width, initial-scale=1", "light dark", ""}
    assert set(in_attributes) <= allowed


def test_one_more_file_is_one_more_language_and_may_be_written_from_right_to_left(
    tmp_path: Path,
) -> None:
    site = tmp_path / "site"
    for folder in ("quart_app", "templates", "static"):
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(TOP / folder, site / folder, ignore=without)
    arabic = site / LOCALES.relative_to(TOP) / "ar" / "LC_MESSAGES" / "messages.po"
    arabic.parent.mkdir(parents=True)
    arabic.write_text(ARABIC, encoding="utf-8")

    walked = python(
        "-c", WALK, str(tmp_path / "data"), cwd=site, environment={"PYTHONPATH": str(site)}
    )

    assert walked.returncode == 0, walked.stderr
    form, switch, user = walked.stdout.split("<!doctype html>")[1:]
    assert '<html lang="ar" dir="rtl">' in form
    assert ">دخول</button>" in form
    assert '<label for="name">Name</label>' in form, "what no translator has approved is not said"
    assert 'value="ar" lang="ar">العربية</button>' in switch
    assert 'value="fr" lang="fr">Français</button>' in switch
    assert re.search(r"الدخول: <time [^>]*>قبل دقيقة واحدة</time>", user)


@pytest.mark.parametrize("said", ["Erreur : %(seite)s", "Erreur : %(page)", "100 % : %(page)s"])
def test_a_text_that_pages_could_not_show_ends_the_start_in_one_line(
    said: str, tmp_path: Path
) -> None:
    text = f'msgid ""\nmsgstr ""\n\nmsgid "Error: %(page)s"\nmsgstr "{said}"\n'
    written(tmp_path, "fr", text)

    with pytest.raises(ConfigurationError, match=re.escape(f"{said!r}, in which only %(page)s")):
        Languages.found(default="en", besides=tmp_path)


def test_a_guess_of_a_tool_and_numbers_of_ones_own_start(tmp_path: Path) -> None:
    written(
        tmp_path,
        "fr",
        'msgid ""\nmsgstr ""\n\n#, fuzzy\nmsgid "Error: %(page)s"\nmsgstr "%(name)s"\n\n'
        'msgid "%(n)d of %(name)s"\nmsgstr "%(name)s : %(n)d"\n',
    )

    french = Languages.found(default="en", besides=tmp_path).all["fr"]

    assert french.say("Error: %(page)s", page="x") == "Erreur\u00a0: x"
    assert french.texts["%(n)d of %(name)s"] % {"n": 7, "name": "Ada"} == "Ada : 7"
