"""Pages are compiled with what is known beforehand, and say the same as if it were not."""

from __future__ import annotations

from typing import Any

import pytest
from babel import Locale
from jinja2 import DictLoader, Environment, TemplateAssertionError
from jinja2.compiler import CodeGenerator
from markupsafe import Markup, escape
from quart import Quart

from quart_app.web.language import Language, Languages
from quart_app.web.templates import compiled, knowing

NASTY = """<b>&amp;"'{{ name }}{% raw %}%(name)s"""
LANGUAGES = Languages.found(default="en").all
PAGES: dict[str, list[dict[str, Any]]] = {
    "home.html": [{"name": None}, {"name": NASTY, "token": NASTY}],
    "user.html": [
        {"name": NASTY, "token": "t"},
        {"name": "Ada", "since": 1_800_000_000.0, "now": 1_800_000_300.0},
    ],
    "login.html": [{}, {"wanted": NASTY, "typed": NASTY, "error": NASTY, "lost_cookie": True}],
    "logout.html": [{"token": NASTY}],
    "error.html": [
        {"code": 404, "heading": NASTY, "advice": NASTY},
        {"code": 401, "heading": NASTY, "advice": NASTY},
        {"code": 503, "heading": NASTY, "advice": NASTY, "may_repeat": True},
    ],
}


def names_of(language: Language) -> dict[str, Any]:
    return {
        "_": language.say,
        "asset": "/static/{}?v=1&w=2".format,
        "ago": language.ago,
        "language": language.code,
        "direction": language.direction,
        "language_buttons": Markup("<button>&amp;</button>"),
    }


def not_knowing(environment: Environment, names: dict[str, Any]) -> Environment:
    own = knowing(environment, names)
    own.code_generator_class = CodeGenerator
    return own


def all_pages(environment: Environment) -> list[str]:
    templates = compiled(environment)
    return [
        templates[name].render(root=root, here=NASTY, **values)
        for name, each in PAGES.items()
        for values in each
        for root in ("", "/app&co")
    ]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_says_what_it_would_say_if_nothing_were_known(app: Quart, code: str) -> None:
    names = names_of(LANGUAGES[code])

    known = all_pages(knowing(app.jinja_env, names))
    unknown = all_pages(not_knowing(app.jinja_env, names))

    assert known == unknown
    assert all("<b>" not in page for page in known)


def test_what_a_translator_writes_is_text_and_no_markup(app: Quart) -> None:
    texts = {"Home": escape(NASTY), "You are logged in as %(name)s.": escape("<i>%(name)s</i>")}
    language = Language("xx", Locale.parse("en"), texts)

    home = compiled(knowing(app.jinja_env, names_of(language)))["home.html"].render(name="<Ada>")

    assert f"<h1>{escape(NASTY)}</h1>" in home
    assert "&lt;i&gt;<bdi>&lt;Ada&gt;</bdi>&lt;/i&gt;" in home


def test_what_is_known_is_not_asked_for_again(app: Quart) -> None:
    logout = compiled(knowing(app.jinja_env, names_of(LANGUAGES["fr"])))["logout.html"]

    logout.globals.clear()
    page = logout.render(here="/")

    assert "<h1>Se déconnecter</h1>" in page
    assert "Voulez-vous" in page
    assert "/static/style.css" in page


def in_layout(app: Quart, page: str) -> Environment:
    layout = "<h1>{% block title %}Home{% endblock %}</h1>{% block body %}{% endblock %}"
    loader = DictLoader({"layout.html": layout, "page.html": page})
    return knowing(app.jinja_env.overlay(loader=loader), names_of(LANGUAGES["en"]))


def test_a_page_fills_the_blocks_of_its_layout(app: Quart) -> None:
    page = "{% extends 'layout.html' %}\n{% block body %}<p>{{ name }}</p>{% endblock %}\n"

    page = compiled(in_layout(app, page))["page.html"].render(name="<Ada>")

    assert page == "<h1>Home</h1><p>&lt;Ada&gt;</p>"


def test_what_would_be_written_nowhere_is_refused(app: Quart) -> None:
    page = "{% extends 'layout.html' %}<p>lost</p>{% block body %}{% endblock %}"

    with pytest.raises(TemplateAssertionError, match="put it into a block"):
        compiled(in_layout(app, page))


def test_every_page_is_looked_at_here(app: Quart) -> None:
    parts = {"layout.html", "log_out_form.html", "language_buttons.html"}

    assert set(app.jinja_env.list_templates()) == PAGES.keys() | parts
