"""The applications here do what they are there to show."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypercorn.middleware import AsyncioWSGIMiddleware

from quart_app.testing import Client
from tests.kit.redis import RedisServer

FOLDER = Path(__file__).parent


@pytest.fixture
def redis_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where the shops have their sessions."""
    with RedisServer.running() as server:
        monkeypatch.setenv("SHOP_REDIS", server.url)
        yield


@pytest.fixture
def apps(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Any]:
    """Those that the test names, in a folder of their reader's own."""
    monkeypatch.syspath_prepend(tmp_path)
    found = []
    for program in request.param:
        source = FOLDER / f"{program}.py"
        shutil.copy(source, tmp_path)
        monkeypatch.setenv("SHOP_FOLDER", str(tmp_path / f"kept {source.stem}"))
        importlib.invalidate_caches()
        found.append(importlib.import_module(source.stem).app)
        del sys.modules[source.stem]
    return found


def with_apps(*programs: str) -> pytest.MarkDecorator:
    """The test is given these."""
    return pytest.mark.parametrize("apps", [programs], indirect=True)


async def walk(shop: Any) -> list[Any]:
    """What a visitor is shown who fills a basket, signs in, and signs out."""
    async with Client(shop) as visitor:
        await visitor.post("/basket", form={"item": "apple"})
        await visitor.post("/basket", form={"item": "pear"})
        filled = await visitor.get("/")
        signed_in = await visitor.post("/login", form={"name": "Ada"}, follow_redirects=True)
        signed_out = await visitor.post("/logout", follow_redirects=True)
        assert visitor.refused == []
        return [page.json() for page in (filled, signed_in, signed_out)]


EXPECTED = [
    {"name": None, "basket": ["apple", "pear"]},
    {"name": "Ada", "basket": ["apple", "pear"]},
    {"name": None, "basket": []},
]


@pytest.mark.filterwarnings("ignore:Call to deprecated setex")  # quart-session's
@pytest.mark.usefixtures("redis_server")
@with_apps("from_quart_session/before", "from_quart_session/after")
async def test_a_shop_that_leaves_quart_session_is_as_it_was(apps: list[Any]) -> None:
    before, after = apps

    as_before, now = await walk(before), await walk(after)
    await before.session_interface.backend.aclose()  # which quart-session leaves open

    assert as_before == now == EXPECTED


@with_apps("from_flask_session/before", "from_flask_session/after")
async def test_a_shop_that_leaves_flask_is_as_it_was(apps: list[Any], tmp_path: Path) -> None:
    before, after = apps

    assert await walk(AsyncioWSGIMiddleware(before)) == await walk(after) == EXPECTED
    assert (tmp_path / "kept after" / "records").is_dir()


def test_leaving_quart_session_takes_few_lines() -> None:
    before, after = (
        set((FOLDER / "from_quart_session" / f"{name}.py").read_text().splitlines())
        for name in ("before", "after")
    )

    assert after - before - {""} == {
        '"""A shop that remembers its visitors by these sessions: four lines are other ones."""',
        "from quart import Quart, redirect, request",
        "from quart_app.sessions import Session, session",
        'app.config["SESSION_OWNER_KEY"] = "name"  # not needed, but better than a guess',
    }
    assert "    session.modified = True" in before - after


@with_apps("chat")
async def test_the_chat_is_for_who_is_signed_in_and_ends_with_the_sign_out(apps: list[Any]) -> None:
    [chat] = apps
    async with Client(chat) as ada:
        bob = Client(chat)
        async with ada.websocket("/chat") as refused:
            assert await refused.wait_closed() == 4001
        for visitor, name in ((ada, "ada"), (bob, "bob")):
            await visitor.post("/login", form={"name": name})

        async with ada.websocket("/chat") as hers, bob.websocket("/chat") as his:
            await hers.send("hello")
            assert await his.receive(timeout=1) == await hers.receive(timeout=1) == "ada: hello"
            await ada.post("/logout")
            assert await hers.wait_closed() == 4001
            await his.send("anybody here?")
            assert await his.receive(timeout=1) == "bob: anybody here?"


@with_apps("news")
async def test_the_news_reach_the_pages_of_their_customer_only(apps: list[Any]) -> None:
    [news] = apps
    async with Client(news) as ada:
        bob, kitchen = Client(news), Client(news, is_browser=False)
        for visitor, name in ((ada, "ada"), (bob, "bob")):
            await visitor.post("/login", form={"name": name})
        assert "EventSource" in (await ada.get("/")).text()

        async with ada.stream("/events") as hers, bob.stream("/events") as his:
            await kitchen.post("/orders/ada/soup", form={"state": "ready"})
            await kitchen.post("/orders/bob/rice", form={"state": "late"})

            told = [await page.receive("order", timeout=1) for page in (hers, his)]

    assert [json.loads(event.data) for event in told] == [
        {"item": "soup", "state": "ready"},
        {"item": "rice", "state": "late"},
    ]
