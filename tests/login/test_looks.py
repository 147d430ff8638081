"""A site's own name, logo, colour, templates and words."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from quart import Quart, Response, render_template

from quart_app import Login, create_app
from quart_app.errors import ConfigurationError
from quart_app.settings.colors import DARK_GROUND, LIGHT_GROUND, Color, readable
from quart_app.web.catalogues import Language, Languages
from tests.catalogues import written
from tests.login.conftest import check, sign_in
from tests.web.asking import browser

PAGE = """{% extends "login/layout.html" %}
{% block title %}Notes{% endblock %}
{% block body %}<h1>Notes of {{ account.name }}</h1>{% endblock %}
"""
OVERRIDE = """{% extends "base.html" %}
{% block content %}{% block body %}{% endblock %}{{ login.language_buttons }}{% endblock %}
"""
BASE = """<nav>{{ url_for("page") }} {{ mine }}</nav>{% block content %}{% endblock %}"""
BLOCKS = """{% extends "login/layout.html" %}
{% block head %}<meta name="x">{% endblock %}
{% block brand %}<b>Brand</b>{% endblock %}
{% block body %}{% block before_form %}{% endblock %}{% endblock %}
{% block footer %}<i>Footer</i>{% endblock %}
"""
DIALECT = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Log in"
msgstr "Enter"

msgid "Notes"
msgstr "Jottings"
"""
ARABIC = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 "
": n%100>=11 ? 4 : 5);\\n"

msgid "%(count)s note"
msgid_plural "%(count)s notes"
msgstr[0] "zero %(count)s"
msgstr[1] "one %(count)s"
msgstr[2] "two %(count)s"
msgstr[3] "few %(count)s"
msgstr[4] "many %(count)s"
msgstr[5] "other %(count)s"
"""


def write(folder: Path, **files: str) -> Path:
    """Templates, by the names that they have in `login/`, or beside it."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def made(tmp_path: Path, **config: Any) -> Quart:
    """An application with a login, and templates of its own in a folder that it names."""
    app = Quart(__name__, template_folder=str(tmp_path / "templates"))
    app.config.update(DATA_DIR=tmp_path / "data", SESSION_TYPE="memory", **config)
    app.config["LOGIN"] = Login(app, check=check)

    @app.get("/page")
    async def page() -> str:
        return await render_template("page.html")

    @app.context_processor
    async def of_mine() -> dict[str, str]:
        return {"mine": "from a context processor"}

    return app


def standing_alone(tmp_path: Path, **config: Any) -> Quart:
    """The same of the stand-alone application, whose templates a setting names."""
    templates = tmp_path / "templates"
    templates.mkdir(exist_ok=True)
    app = create_app({"DATA_DIR": tmp_path, "TEMPLATE_DIR": templates, **config})

    @app.get("/page")
    async def page() -> str:
        return await render_template("page.html")

    return app


@pytest.fixture(params=[made, standing_alone], ids=["its own", "stand-alone"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Quart:
    write(tmp_path / "templates", page=PAGE)
    app: Quart = request.param(tmp_path)
    return app


async def test_a_page_of_the_applications_own_extends_our_layout(app: Quart) -> None:
    async with browser(app) as ada:
        before = await ada.get("/page", headers={"Accept-Language": "fr"})
        await sign_in(ada, "Ada")
        after = await ada.get("/page")

    assert '<html lang="fr" dir="ltr">' in before.text
    assert re.search(r'<link rel="stylesheet" href="[^"]*/static/style.css\?v=', before.text)
    assert '<input type="hidden" name="next" value="/page">' in before.text
    assert "private.js" not in before.text
    assert "<h1>Notes of Ada</h1>" in after.text or "<h1>Notes of ada</h1>" in after.text
    assert "private.js" in after.text
    assert re.search(r'data-session="[0-9a-f]+"', after.text)


async def test_a_file_of_the_applications_own_takes_the_place_of_ours(tmp_path: Path) -> None:
    write(tmp_path / "templates", login__layout=OVERRIDE, base=BASE, page=PAGE)
    app = made(tmp_path)

    async with browser(app) as visitor:
        form = await visitor.get("/login")
        error = await visitor.post("/login", data={"name": "x", "password": "x" * 2000})

    assert form.text.startswith("<nav>/page from a context processor</nav>")
    assert "Log in</h1>" in form.text
    assert 'lang="fr">Français</button>' in form.text
    assert error.status_code == 400


async def test_a_layout_of_the_applications_own_is_not_taken_by_accident(tmp_path: Path) -> None:
    write(tmp_path / "templates", layout="theirs", login="theirs", home="theirs", error="theirs")
    app = made(tmp_path)

    async with browser(app) as visitor:
        assert "theirs" not in (await visitor.get("/login")).text


async def test_blocks_take_what_an_application_adds(tmp_path: Path) -> None:
    write(tmp_path / "templates", page=BLOCKS)
    write(
        tmp_path / "templates",
        login__login='{% extends "login/layout.html" %}{% block body %}<p>own</p>{% endblock %}',
    )
    app = made(tmp_path)

    async with browser(app) as visitor:
        page = (await visitor.get("/page")).text
        form = (await visitor.get("/login")).text

    assert page.index('<meta name="x">') < page.index("</head>") < page.index("<b>Brand</b>")
    assert "<i>Footer</i>" in page
    assert "/language" not in page
    assert "<p>own</p>" in form
    assert "/language" in form


def test_our_form_has_blocks_about_it() -> None:
    source = (Path(__file__).parents[2] / "templates/login/login.html").read_text()

    before, form, after = (source.index(part) for part in ("before_form", "<form", "after_form"))
    assert before < form < after


async def test_an_error_page_is_shown_though_the_applications_own_layout_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path / "templates", login__layout="{{ nothing.at.all }}")
    app = made(tmp_path)

    async with browser(app) as visitor:
        answer = await visitor.post("/login", content=b"x")

    assert answer.status_code == 415
    assert "page of an error failed" in caplog.text


async def test_the_sites_name_is_above_the_form_and_in_titles(tmp_path: Path) -> None:
    app = made(tmp_path, SITE_NAME="Ada & Co")

    async with browser(app) as visitor:
        form = (await visitor.get("/login")).text

    assert "<title>Log in \N{EN DASH} Ada &amp; Co</title>" in form
    assert re.search(r"<header>.*Ada &amp; Co.*</header>", form, re.DOTALL)


async def test_a_logo_takes_the_place_of_ours(tmp_path: Path) -> None:
    logo = tmp_path / "acme.SVG"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    app = made(tmp_path, SITE_LOGO=str(logo))

    async with browser(app) as visitor:
        form = (await visitor.get("/login")).text
        address = re.findall(r'<img class="mark" src="([^"]*)"', form)[0]
        answer = await visitor.get(address)

    assert address.startswith("/login/static/logo.svg?v=")
    assert answer.content == logo.read_bytes()
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("name", "size", "cure"),
    [
        ("logo.gif", 10, "set it to one of .svg, .png"),
        ("logo.png", 300_000, "make it smaller than 256 kB"),
        ("missing.png", None, "cannot be read: No such file"),
    ],
)
def test_a_logo_that_cannot_work_is_refused_at_the_start(
    tmp_path: Path, name: str, size: int | None, cure: str
) -> None:
    if size is not None:
        (tmp_path / name).write_bytes(b"x" * size)

    with pytest.raises(ConfigurationError, match=cure) as caught:
        create_app({"DATA_DIR": tmp_path, "SITE_LOGO": str(tmp_path / name)})

    assert str(caught.value).startswith("SITE_LOGO is ")


async def test_a_colour_can_be_read_by_day_and_by_night(tmp_path: Path) -> None:
    app = made(tmp_path, SITE_COLOR="#0a7a33")

    async with browser(app) as visitor:
        form = (await visitor.get("/login")).text
        address = re.findall(r'href="([^"]*site.css[^"]*)"', form)[0]
        style = (await visitor.get(address)).text

    day, night = (
        {
            name: cast(Color, Color.read(value))
            for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)
        }
        for part in style.split("@media (prefers-color-scheme: dark)")
    )
    assert form.index("style.css") < form.index("site.css")
    for colors, ground in ((day, LIGHT_GROUND), (night, DARK_GROUND)):
        accent, hover, on_accent = (colors[name] for name in NAMES)
        assert accent.contrast(ground) >= 4.5
        assert accent.contrast(on_accent) >= 4.5
        assert hover.contrast(on_accent) >= 4.5


NAMES = ("accent", "accent-hover", "on-accent")


@pytest.mark.parametrize("value", ["#ffcc00", "ffcc00", "#fc0", "#FFFFFF", "#7f7f7f"])
def test_a_colour_that_cannot_be_read_is_refused_with_the_nearest_that_can(
    tmp_path: Path, value: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_app({"DATA_DIR": tmp_path, "SITE_COLOR": value})

    found = re.fullmatch(
        rf"SITE_COLOR is '{value}': set it to '(#[0-9a-f]{{6}})', the nearest colour .*",
        str(caught.value),
    )
    assert found is not None
    assert readable(found[1]).contrast(LIGHT_GROUND) < 4.8, "and no darker than it need be"


@pytest.mark.parametrize("value", ["red", "#12345", 7, "#gggggg", "rgb(0,0,0)"])
def test_what_is_no_colour_is_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(ConfigurationError, match="set it to a colour such as '#1a5496'"):
        create_app({"DATA_DIR": tmp_path, "SITE_COLOR": value})


async def test_a_folder_of_catalogues_adds_languages_and_changes_words(tmp_path: Path) -> None:
    written(tmp_path / "locales", "ar", ARABIC)
    written(tmp_path / "locales", "en", DIALECT)
    page = PAGE.replace("Notes of", "{{ login.say('Notes') }}")
    write(tmp_path / "templates", page=page)
    app = await asyncio.to_thread(made, tmp_path, LOCALE_DIR=str(tmp_path / "locales"))

    async with browser(app) as visitor:
        english = (await visitor.get("/login")).text
        arabic = (await visitor.get("/login", headers={"Accept-Language": "ar"})).text
        own = (await visitor.get("/page")).text

    assert "<button>Enter</button>" in english
    assert ">Name</label>" in english, "what it does not say is said as before"
    assert '<html lang="ar" dir="rtl">' in arabic
    assert 'lang="ar">العربية</button>' in english
    assert "<h1>Jottings" in own


def test_plurals_follow_the_rules_of_their_language(tmp_path: Path) -> None:
    arabic = Language.read([written(tmp_path, "ar", ARABIC)])
    french = Languages.found(default="en").all["fr"]
    one, many = "%(count)s note", "%(count)s notes"
    wait = (
        "That was too often. Try again in %(count)s second.",
        "That was too often. Try again in %(count)s seconds.",
    )

    said = [arabic.say_many(one, many, count) for count in (0, 1, 2, 5, 50, 100)]

    assert said == ["zero 0", "one 1", "two 2", "few 5", "many 50", "other 100"]
    assert french.say_many(one, many, 2) == "2 notes", "what is not translated is said as it is"
    assert french.say_many(*wait, 0).endswith(" 0 seconde.")
    assert french.say_many(*wait, 2).endswith(" 2 secondes.")


@pytest.mark.parametrize("text", ["msgid \x00", "this is no catalogue"])
def test_a_catalogue_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "locales", "de", text)

    with pytest.raises(ConfigurationError, match="mend it") as caught:
        create_app({"DATA_DIR": tmp_path, "LOCALE_DIR": str(tmp_path / "locales")})

    assert str(path) in str(caught.value)


async def test_a_page_of_ones_own_is_written_the_shorter_way_too(tmp_path: Path) -> None:
    write(tmp_path / "templates", page=PAGE)
    app = made(tmp_path)

    async def short() -> Response:
        login: Login = app.config["LOGIN"]
        return await login.page("page.html")

    app.add_url_rule("/short", "short", short)
    async with browser(app) as ada:
        await sign_in(ada)
        shorter, longer = await ada.get("/short"), await ada.get("/page")

    assert "<h1>Notes of Ada</h1>" in shorter.text
    assert re.sub(r"\s+", " ", shorter.text.replace("/short", "/page")) == re.sub(
        r"\s+", " ", longer.text
    )


async def test_a_page_is_written_outside_of_a_request_as_before(tmp_path: Path) -> None:
    write(tmp_path / "templates", mail="Hello {{ name }}")
    app = made(tmp_path)

    async with app.app_context():
        assert await render_template("mail.html", name="Ada") == "Hello Ada"
    async with browser(app) as visitor:
        assert isinstance(await visitor.get("/login"), httpx.Response)
    async with app.app_context():
        assert await render_template("mail.html", name="Ada") == "Hello Ada"
