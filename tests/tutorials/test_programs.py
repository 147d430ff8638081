"""The tutorials' own programs, written for Quart, do what their text says: unchanged."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from quart import Quart

from quart_app.sessions import Session
from quart_app.testing import FakeClock
from tests.web.asking import browser, cookie_set_by, shown

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def app(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Quart]:
    """The program that the test is named after, from a folder of its reader's own."""
    program = request.node.name.removeprefix("test_").partition("_")[0]
    shutil.copy(PROGRAMS / f"{program}.py", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module(program)
    yield module.app
    del sys.modules[program]


@pytest.fixture
async def thief(app: Quart) -> AsyncIterator[httpx.AsyncClient]:
    """Has got hold of somebody's cookie."""
    async with browser(app, follow_redirects=True) as thief:
        yield thief


async def test_store_logs_in_and_out(
    reader: httpx.AsyncClient, thief: httpx.AsyncClient, tmp_path: Path
) -> None:
    at_first = await reader.get("/")
    logged_in = await reader.post("/login", data={"name": "David & Co"})
    thief.cookies = httpx.Cookies(reader.cookies)
    logged_out = await reader.get("/logout")
    replayed = await thief.get("/")

    assert at_first.url.path == "/login"
    assert 'name="name" placeholder="Name"' in at_first.text
    assert "Log In</button>" in at_first.text
    assert "You are logged in as David & Co. <a" in shown(logged_in)
    assert '<a href="/logout">Log out</a>' in logged_in.text
    assert "max-age" not in cookie_set_by(logged_in.history[0]).lower()
    assert logged_out.url.path == replayed.url.path == "/login"
    assert (tmp_path / "instance" / "sessions").is_dir()


async def test_magasin_logs_in_and_out(reader: httpx.AsyncClient, thief: httpx.AsyncClient) -> None:
    at_first = await reader.get("/")
    form = await reader.get("/login")
    logged_in = await reader.post("/login", data={"name": "Amélie"})
    thief.cookies = httpx.Cookies(reader.cookies)
    logged_out = await reader.get("/logout")
    replayed = await thief.get("/")

    assert 'Vous n\'êtes pas connecté. <a href="/login">Connectez-vous</a>' in shown(at_first)
    assert at_first.headers.get_list("set-cookie") == []
    assert 'placeholder="Nom"' in form.text
    assert "Se Connecter</button>" in form.text
    assert 'en tant que Amélie. <a href="/logout">Déconnexion</a>' in shown(logged_in)
    assert "Vous n'êtes pas connecté." in shown(logged_out)
    assert "Vous n'êtes pas connecté." in shown(replayed)


async def test_lifetime_logs_in_and_out(
    reader: httpx.AsyncClient, thief: httpx.AsyncClient
) -> None:
    home = await reader.get("/")
    too_early = await reader.get("/user")
    logged_in = await reader.post("/login", data={"nm": "tim"})
    thief.cookies = httpx.Cookies(reader.cookies)
    form_again = await reader.get("/login")
    logged_out = await reader.get("/logout")
    replayed = await thief.get("/user")

    assert home.text == "<h1>Home</h1>"
    assert too_early.url.path == "/login"
    assert 'name="nm"' in too_early.text
    assert logged_in.url.path == form_again.url.path == "/user"
    assert logged_in.text == "<h1>tim</h1>"
    assert "max-age=300" in cookie_set_by(logged_in.history[0]).lower()
    assert logged_out.url.path == replayed.url.path == "/login"


async def test_lifetime_ends_after_five_minutes(
    app: Quart, reader: httpx.AsyncClient, clock: FakeClock
) -> None:
    Session(app, clock=clock)

    await reader.post("/login", data={"nm": "tim"})
    clock.advance(minutes=4, seconds=59)
    just_in_time = await reader.get("/user")
    clock.advance(minutes=5)
    too_late = await reader.get("/user")

    assert just_in_time.text == "<h1>tim</h1>"
    assert too_late.url.path == "/login"


async def test_username_logs_in_and_out(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    at_first = await reader.get("/")
    form = await reader.get("/login")
    logged_in = await reader.post("/login", data={"username": "admin"})
    logged_out = await reader.get("/logout")

    assert "You are not logged in" in at_first.text
    assert "click here to log in</a>" in at_first.text
    assert 'name="username"' in form.text
    assert "Logged in as admin<br>" in logged_in.text
    assert "click here to log out</a>" in logged_in.text
    assert logged_out.text == at_first.text
    assert not (tmp_path / "instance").exists()
