"""Pages are written with what is known beforehand, and nothing that anybody typed is markup."""

from __future__ import annotations

import asyncio
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from jinja2 import FileSystemBytecodeCache
from markupsafe import escape
from quart import Quart

from quart_app.login import Account
from quart_app.login.paths import Paths
from quart_app.settings import LoginSettings
from quart_app.web.account_pages import Shown
from quart_app.web.assets import Assets
from quart_app.web.catalogues import Language, Languages
from quart_app.web.language import LanguageSwitch
from quart_app.web.renderer import Renderer
from quart_app.web.resources import STATIC, TEMPLATES
from quart_app.web.skeleton import Skeleton
from tests.web.asking import browser

NASTY = """<b>&amp;"'{{ name }}{% raw %}%(name)s"""
LANGUAGES = Languages.found(default="en").all
ADA = Account(id=NASTY, name=NASTY)
SESSIONS = [
    Shown(key=NASTY, browser=NASTY, system=system, began_at=1.0, seen_at=1.0, is_this=is_this)
    for system, is_this in ((NASTY, True), ("", False))
]
PAGES: dict[str, list[dict[str, Any]]] = {
    "home.html": [{}, {"account": ADA, "token": NASTY}],
    "user.html": [
        {"account": ADA, "token": "t"},
        {"account": ADA, "since": 1.0, "now": 301.0, "has_accounts": True},
    ],
    "login.html": [
        {},
        {"wanted": NASTY, "typed": NASTY, "error": NASTY, "lost_cookie": True},
        {"asks_password": True, "error": NASTY},
    ],
    "confirm.html": [{"account": ADA, "error": NASTY}, {"account": ADA, "asks_password": True}],
    "account_password.html": [
        {"account": ADA, "at": "", "notice": NASTY},
        {"account": ADA, "at": "new", "error": NASTY},
        {"account": ADA, "at": "password", "error": NASTY},
    ],
    "account_sessions.html": [{"account": ADA, "token": NASTY, "now": 301.0, "sessions": SESSIONS}],
    "logout.html": [{"account": ADA, "token": NASTY}],
    "error.html": [{"code": 404, "heading": NASTY, "advice": NASTY}],
}
PARTS = {
    *("layout.html", "head.html", "brand.html", "scripts.html", "language_buttons.html"),
    *("log_out_form.html", "form_error.html", "show_password.html"),
}


def renderer(app: Quart, *languages: Language, prefix: str = "") -> Renderer:
    found = {language.code: language for language in languages}
    switch = LanguageSwitch(
        Languages(found, default=languages[0].code), paths=Paths(prefix), secret_keys=["x" * 16]
    )
    assets = Assets(STATIC, at="/static")
    assets.join(app, endpoint="static")
    return Renderer(app, switch, assets, live=None, paths=Paths(prefix), looks=LoginSettings())


@pytest.mark.parametrize("code", ["en", "fr"])
@pytest.mark.parametrize("root", ["", "/app&co"])
async def test_what_was_typed_is_text(app: Quart, code: str, root: str) -> None:
    ours = await asyncio.to_thread(renderer, app, LANGUAGES[code])

    async with app.test_request_context("/login", root_path=root):
        texts = [
            await (await ours.page(f"login/{name}", **values)).get_data(as_text=True)
            for name, each in PAGES.items()
            for values in each
        ]

    assert len(texts) == sum(map(len, PAGES.values()))
    for text in texts:
        assert "<b>" not in text
        assert f'action="{escape(root)}/language"' in text


ASKED = [("/login", ""), ("/a?b=%3Cc%3E", "/app&co")]


@pytest.mark.parametrize("name", ["home.html", "login.html", "confirm.html", "logout.html"])
async def test_a_page_that_was_written_once_says_what_it_would_say_written_anew(
    app: Quart, name: str
) -> None:
    ours = await asyncio.to_thread(renderer, app, *LANGUAGES.values())
    texts = ("wanted", "typed", "error", "token")
    template = f"login/{name}"

    for path, root in ASKED:
        for values in [*PAGES[name], *PAGES[name]]:
            shown = {text: values.get(text, "") for text in texts}
            others = {key: value for key, value in values.items() if key not in texts}
            async with app.test_request_context(path, root_path=root):
                once = await ours.page(template, shown=shown, **others)
                anew = await ours.page(template, **others, **shown)

                assert await once.get_data() == await anew.get_data()


@pytest.mark.parametrize("path", ["/", "/login", "/confirm", "/logout"])
async def test_a_page_is_written_once_for_all_visitors(
    app: Quart, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    written = []

    def write(*about: Any) -> Skeleton:
        written.append(about)
        return Skeleton(*about)

    monkeypatch.setattr("quart_app.web.renderer.Skeleton", write)
    for name in ("Ada", "Grace"):
        async with browser(app, headers={"User-Agent": "Mozilla/5.0"}) as visitor:
            if path != "/login":
                await visitor.post("/login", data={"name": name})
            assert (await visitor.get(path)).status_code == 200

    assert len(written) == 1


async def test_what_a_translator_writes_is_text_and_no_markup(app: Quart) -> None:
    texts = {"Home": escape(NASTY), "You are logged in as %(name)s.": escape("<i>%(name)s</i>")}
    language = Language("xx", Locale.parse("en"), texts, NullTranslations())

    ours = await asyncio.to_thread(renderer, app, language)

    async with app.test_request_context("/"):
        page = await ours.page("login/home.html", account=Account(id="1", name="<Ada>"))
        home = await page.get_data(as_text=True)

    assert f"<h1>{escape(NASTY)}</h1>" in home
    assert "&lt;i&gt;<bdi>&lt;Ada&gt;</bdi>&lt;/i&gt;" in home


async def test_an_application_may_keep_its_compiled_templates(app: Quart, tmp_path: Path) -> None:
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(tmp_path))
    ours = await asyncio.to_thread(renderer, app, *LANGUAGES.values())

    for code, word in (("en", "Home"), ("fr", "Accueil")):
        async with app.test_request_context("/", headers={"Accept-Language": code}):
            home = await (await ours.page("login/home.html")).get_data(as_text=True)
            assert f"<h1>{word}</h1>" in home


def test_every_template_is_looked_at_here() -> None:
    ours = {path.name for path in Path(TEMPLATES, "login").iterdir()}

    # Those of accounts are tried with them.
    others = {"account_password.html", "account_sessions.html", "show_password.html"}
    assert ours == PAGES.keys() | PARTS | others
