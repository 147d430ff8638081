"""Each tutorial is one configuration of the application, which does and says what its text does."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer
from quart import Quart

from quart_app import create_app
from quart_app.testing import FakeClock
from tests.web.asking import browser, cookie_set_by, shown
from tests.web.configured import configured

ENGLISH = configured(SESSION_TYPE="filesystem", SESSION_PERMANENT=False)
FRENCH = configured(
    SESSION_TYPE="filesystem", SESSION_PERMANENT=False, DEFAULT_LANGUAGE="fr", HOME_PUBLIC=True
)
LIFETIME = configured(
    SECRET_KEY="hello",  # noqa: S106 - the tutorial's own
    PERMANENT_SESSION_LIFETIME=timedelta(minutes=5),
    SESSION_PERMANENT=True,
    SESSION_OWNER_KEY="user",
    HOME_PUBLIC=True,
    LOGIN_REDIRECT="/user",
    LOGOUT_REDIRECT="/login",
)
USERNAME = configured(
    SECRET_KEY="any random string",  # noqa: S106 - the tutorial's own
    SESSION_TYPE="cookie",
    SESSION_OWNER_KEY="username",
    HOME_PUBLIC=True,
)


@pytest.fixture
def app(config: dict[str, Any], clock: FakeClock, tmp_path: Path) -> Quart:
    """As the tutorial has it, on a clock to turn."""
    return create_app({"DATA_DIR": tmp_path, **config}, clock=clock)


def fields(page: httpx.Response) -> str:
    """The form for a name."""
    found = re.search(r'<form[^>]* action="/login" method="post">.*?</form>', page.text, re.DOTALL)
    assert found is not None
    return found.group()


def records(folder: Path) -> list[int]:
    """The modes of the files that sessions are kept in."""
    files = (path for path in (folder / "sessions" / "records").rglob("*") if path.is_file())
    return [path.stat().st_mode & 0o777 for path in files]


@ENGLISH
async def test_the_english_one(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    at_first = await reader.get("/")
    nothing_kept = records(tmp_path)
    logged_in = await reader.post("/login", data={"name": "David"})
    kept = records(tmp_path)
    refreshed = await reader.get("/")
    logged_out = await reader.get("/logout")

    assert at_first.url.path == "/login"
    assert re.search(r'name="name".*Log in</button>', fields(at_first), re.S)
    assert logged_in.url.path == refreshed.url.path == "/"
    assert "You are logged in as David." in shown(logged_in)
    assert "Log out</button>" in logged_in.text
    assert "You are logged in as David." in shown(refreshed)
    assert logged_out.url.path == "/login"
    assert nothing_kept == []
    assert set(kept) == {0o600}


@ENGLISH
async def test_the_english_ones_session_lasts_as_long_as_the_browser(
    reader: httpx.AsyncClient,
) -> None:
    logged_in = await reader.post("/login", data={"name": "David"})

    line = cookie_set_by(logged_in.history[0]).lower()
    assert line
    assert "expires" not in line
    assert "max-age" not in line


@FRENCH
async def test_the_french_one(reader: httpx.AsyncClient) -> None:
    at_first = await reader.get("/")
    form = await reader.get("/login")
    logged_in = await reader.post("/login", data={"name": "Amélie"})
    logged_out = await reader.get("/logout")

    assert "Vous n’êtes pas connecté." in shown(at_first)
    assert ">Se connecter</a>" in at_first.text
    assert re.search(r'name="name".*Se connecter</button>', fields(form), re.S)
    assert "Vous êtes connecté en tant que Amélie." in shown(logged_in)
    assert "Se déconnecter</button>" in logged_in.text
    assert "Vous n’êtes pas connecté." in shown(logged_out)
    assert all('<html lang="fr"' in page.text for page in (at_first, form, logged_in, logged_out))


@LIFETIME
async def test_the_one_on_lifetime(reader: httpx.AsyncClient) -> None:
    home = await reader.get("/")
    too_early = await reader.get("/user")
    logged_in = await reader.post("/login", data={"nm": "tim"})
    form_again = await reader.get("/login")
    logged_out = await reader.get("/logout")
    too_late = await reader.get("/user")

    assert home.url.path == "/"
    assert too_early.url.path == "/login"
    assert logged_in.url.path == form_again.url.path == "/user"
    assert "<bdi>tim</bdi></h1>" in logged_in.text
    assert logged_out.url.path == too_late.url.path == "/login"


@LIFETIME
async def test_the_one_on_lifetime_ends_after_five_minutes(
    reader: httpx.AsyncClient, clock: FakeClock
) -> None:
    logged_in = await reader.post("/login", data={"nm": "tim"})
    clock.advance(minutes=4, seconds=59)
    just_in_time = await reader.get("/user")
    clock.advance(minutes=4, seconds=59)
    once_more = await reader.get("/user")
    clock.advance(minutes=5)
    too_late = await reader.get("/user")

    assert "max-age=300" in cookie_set_by(logged_in.history[0]).lower()
    assert just_in_time.url.path == once_more.url.path == "/user"
    assert "max-age=300" in cookie_set_by(just_in_time).lower()
    assert too_late.url.path == "/login"


@USERNAME
async def test_the_one_with_the_signed_cookie(reader: httpx.AsyncClient, tmp_path: Path) -> None:
    at_first = await reader.get("/")
    form = await reader.get("/login")
    logged_in = await reader.post("/login", data={"username": "admin"})
    logged_out = await reader.get("/logout")

    assert "You are not logged in." in at_first.text
    assert re.search(r'href="/login">Log in</a>', at_first.text)
    assert "Log in</button>" in fields(form)
    assert "ogged in as admin" in shown(logged_in)
    assert "You are not logged in." in logged_out.text
    assert records(tmp_path) == []


@USERNAME
async def test_the_signed_cookie_can_be_read_and_not_forged(
    app: Quart, reader: httpx.AsyncClient
) -> None:
    await reader.post("/login", data={"username": "admin"})
    cookie = reader.cookies["session"]

    read = URLSafeTimedSerializer("not its key").loads_unsafe(cookie)[1]
    forged = cookie[:-4] + "AAAA"
    async with browser(app, headers={"Cookie": f"session={forged}"}) as forger:
        refused = await forger.get("/")

    assert read["username"] == "admin"
    assert "You are not logged in." in refused.text


@configured(SESSION_TYPE="cookie", SESSION_PERMANENT=True, PERMANENT_SESSION_LIFETIME=300)
async def test_a_signed_cookie_can_outlast_the_browser_too(reader: httpx.AsyncClient) -> None:
    logged_in = await reader.post("/login", data={"name": "admin"})

    assert "expires=" in cookie_set_by(logged_in.history[0]).lower()


@USERNAME
async def test_the_signed_cookie_lasts_as_long_as_the_browser(reader: httpx.AsyncClient) -> None:
    logged_in = await reader.post("/login", data={"username": "admin"})

    assert "expires=" not in cookie_set_by(logged_in.history[0]).lower()
