"""The examples with a login do what they say."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module, reload
from pathlib import Path
from typing import Any

import httpx
import pytest
from quart import Quart

from quart_app.testing import FakeClock
from tests.web.asking import browser

PASSWORD = "correct horse battery staple"  # noqa: S105 - an example's


@asynccontextmanager
async def visited(app: Quart) -> AsyncIterator[httpx.AsyncClient]:
    async with app.test_app(), browser(app) as visitor:
        yield visitor


@pytest.fixture(autouse=True)
def instance_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Applications made here keep their data there."""
    monkeypatch.setattr(Quart, "auto_find_instance_path", lambda _app: tmp_path)


def made(name: str) -> Any:
    """An example's module, as if just begun."""
    return reload(import_module(f"tests.examples.{name}"))


async def test_notes(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = await asyncio.to_thread(made, "notes")
    notes.app.session_interface.store.clock = clock

    async with visited(notes.app) as ada:
        form = await ada.get((await ada.get("/")).headers["location"])
        await ada.post("/login", data={"name": "ada", "password": PASSWORD})
        await ada.post("/", data={"note": "<b>milk</b>"})
        page = await ada.get("/")
        clock.advance(minutes=6)
        asked = await ada.get("/delete")
        await ada.post("/confirm", data={"password": PASSWORD, "next": "/delete"})
        sure = await ada.get("/delete")
        await ada.post("/delete")
        after = await ada.get("/")

    assert "Notes</title>" in form.text
    assert "site.css" in form.text
    assert "<h1>Notes of ada</h1>" in page.text
    assert "<li>&lt;b&gt;milk&lt;/b&gt;</li>" in page.text
    assert asked.headers["location"] == "/confirm?next=/delete"
    assert "Delete all notes?" in sure.text
    assert "milk" not in after.text


async def test_own_users(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    example = await asyncio.to_thread(made, "own_users")
    users = await asyncio.to_thread(example.Users, tmp_path / "users.db")
    for name in ("ada", "bob"):
        await asyncio.to_thread(users.add, name, PASSWORD)
    app = example.create_app(users)

    async with visited(app) as ada:
        unknown = await ada.post("/login", data={"name": "eve", "password": PASSWORD})
        wrong = await ada.post("/login", data={"name": "ada", "password": "wrong"})
        await ada.post("/login", data={"name": "ada", "password": PASSWORD})
        home = (await ada.get("/")).json()
    await asyncio.to_thread(users.ban, "bob")
    async with visited(app) as bob:
        banned = await bob.post("/login", data={"name": "bob", "password": PASSWORD})

    await asyncio.to_thread(users.close)

    assert (unknown.status_code, wrong.status_code, banned.status_code) == (401, 401, 403)
    assert home == {"id": "1", "name": "ada"}
    assert "signed in: 1" in caplog.messages
    assert caplog.messages.count("refused: wrong") == 2
    assert "refused: taken back" in caplog.messages


async def test_blueprints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = (await asyncio.to_thread(made, "blueprints")).create_app()

    async with visited(app) as visitor:
        hello = (await visitor.get("/")).json()
        refused = await visitor.get("/office/books")
        await visitor.post("/account/login", data={"name": "Ada"})
        books = (await visitor.get("/office/books")).json()
        at_the_till = (await visitor.post("/from-the-till")).json()

    assert hello == {"hello": "visitor", "log in": "/account/login"}
    assert refused.headers["location"] == "/account/login?next=/office/books"
    assert books == {"books of": "Ada"}
    assert at_the_till == {"hello": "The till"}
