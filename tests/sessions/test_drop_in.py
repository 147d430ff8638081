"""`Session` takes quart-session's place: only the import changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import quart_session
import quart_session.sessions
from quart import Quart, session
from redis.asyncio import Redis

from quart_app.errors import StoreUnavailable, UnstorableValue
from quart_app.sessions import Session
from quart_app.sessions.held.tokens import key_of
from quart_app.sessions.stores.filesystem import FilesystemStore
from quart_app.sessions.stores.memory import MemoryStore
from quart_app.sessions.stores.redis import RedisStore
from quart_app.testing import FakeClock
from tests.kit.polling import eventually
from tests.sessions.browser import Browser, CountingStore, interface_of, look, make_app, put


def tutorial(tmp_path: Path, **config: Any) -> Quart:
    """An application as quart-session's readme writes it, with sessions in files."""
    app = Quart(__name__)
    app.config.update(SESSION_TYPE="filesystem", SESSION_FILE_DIR=str(tmp_path / "kept"), **config)
    Session(app)

    @app.route("/set/<value>")
    async def set_value(value: str) -> str:
        session["key"] = value
        return ""

    @app.route("/get")
    async def get_value() -> str:
        return str(session.get("key", "not set"))

    return app


async def text(client: Any, path: str) -> str:
    response = await client.get(path)
    assert response.status_code == 200
    return str(await response.get_data(as_text=True))


def test_it_is_one_of_quart_sessions_own_kind(app: Quart) -> None:
    assert isinstance(Session(), quart_session.Session)
    assert isinstance(app.session_interface, quart_session.sessions.SessionInterface)


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({}, FilesystemStore),
        ({"SESSION_TYPE": "filesystem"}, FilesystemStore),
        ({"SESSION_TYPE": "memory"}, MemoryStore),
        ({"SESSION_TYPE": "redis", "SESSION_URI": "redis://127.0.0.1:1"}, RedisStore),
        ({"SESSION_TYPE": "redis", "SESSION_REDIS": Redis(port=1)}, RedisStore),
    ],
)
def test_the_type_says_where_sessions_are_kept(config: dict[str, Any], kind: type) -> None:
    app = Quart(__name__)
    app.config.update(config)

    Session(app)

    assert type(interface_of(app).store) is kind


async def test_it_works_without_a_start_up(tmp_path: Path) -> None:
    app = tutorial(tmp_path)
    client = app.test_client()

    await client.get("/set/1")

    assert await text(client, "/get") == "1"
    await interface_of(app).close()


async def test_it_works_with_a_start_up_and_a_shut_down(tmp_path: Path) -> None:
    app = tutorial(tmp_path)
    client = app.test_client()

    for value in ("1", "2"):
        async with app.test_app():
            await client.get(f"/set/{value}")

    assert await text(client, "/get") == "2"
    await interface_of(app).close()


def test_it_works_in_a_second_event_loop(tmp_path: Path) -> None:
    app = tutorial(tmp_path)
    client = app.test_client()

    async def end() -> None:
        await interface_of(app).close()

    asyncio.run(text(client, "/set/1"))
    found = asyncio.run(text(client, "/get"))
    asyncio.run(end())

    assert found == "1"


async def test_one_extension_serves_two_applications(tmp_path: Path) -> None:
    extension = Session()
    apps = [Quart(f"app{number}") for number in range(2)]
    for number, app in enumerate(apps):
        app.config["SESSION_FILE_DIR"] = tmp_path / str(number)
        extension.init_app(app)

    interfaces = [interface_of(app) for app in apps]

    assert interfaces[0] is not interfaces[1]
    assert interfaces[0].store is not interfaces[1].store
    assert not hasattr(extension, "session_interface")


async def test_an_application_factory_can_be_called_again(tmp_path: Path) -> None:
    first, second = tutorial(tmp_path), tutorial(tmp_path)
    client = first.test_client()
    await client.get("/set/1")
    again = second.test_client()
    again.cookie_jar = client.cookie_jar

    assert await text(again, "/get") == "1"
    for app in (first, second):
        await interface_of(app).close()


async def test_the_extension_can_come_after_the_routes(store: CountingStore) -> None:
    app = Quart(__name__)

    @app.route("/")
    async def page() -> str:
        session["x"] = session.get("x", 0) + 1
        return str(session["x"])

    Session(store=store).init_app(app)
    client = app.test_client()

    assert [await text(client, "/") for _ in range(3)] == ["1", "2", "3"]


VALUES: dict[str, Any] = {"text": "x", "dict": {"a": (1,)}, "bytes": b"\0", "zero": 0, "empty": ""}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
async def test_the_cache_keeps_a_value(app: Quart, value: Any) -> None:
    cache = interface_of(app)

    await cache.set("key", "before", expiry=60)
    await cache.set("key", value, expiry=60)

    assert await cache.get("key") == value


async def test_the_cache_takes_the_application_as_quart_session_did(app: Quart) -> None:
    cache = interface_of(app)

    await cache.set(key="key", value="x", expiry=60, app=app)

    assert await cache.get(key="key", app=app) == "x"
    await cache.delete(key="key", app=app)
    assert await cache.get(key="key", app=app) is None


async def test_what_was_never_cached_is_none(app: Quart) -> None:
    cache = interface_of(app)

    await cache.delete("none")

    assert await cache.get("none") is None


@pytest.mark.parametrize(
    ("expiry", "lasts"),
    [({"expiry": 60}, timedelta(seconds=60)), ({}, timedelta(days=31))],
    ids=["as it was told", "as long as a permanent session"],
)
async def test_a_cached_value_ends_in_time_whoever_reads_it(
    app: Quart, clock: FakeClock, expiry: dict[str, Any], lasts: timedelta
) -> None:
    cache = interface_of(app)
    await cache.set("key", "x", **expiry)

    clock.advance(seconds=lasts.total_seconds() - 1)
    assert await cache.get("key") == "x"
    clock.advance(seconds=1)
    assert await cache.get("key") is None


async def test_setting_it_again_starts_its_time_anew(app: Quart, clock: FakeClock) -> None:
    cache = interface_of(app)
    await cache.set("key", "x", expiry=60)
    clock.advance(seconds=50)
    await cache.set("key", "y", expiry=20)

    clock.advance(seconds=19)
    assert await cache.get("key") == "y"
    clock.advance(seconds=1)
    assert await cache.get("key") is None


async def test_a_value_is_kept_where_one_has_expired(clock: FakeClock, tmp_path: Path) -> None:
    cache = interface_of(make_app(FilesystemStore(tmp_path / "kept", clock=clock)))
    await cache.set("key", "x", expiry=60)
    clock.advance(seconds=61)

    async with asyncio.timeout(10):
        await cache.set("key", "y", expiry=60)

    assert await cache.get("key") == "y"
    await cache.close()


async def test_an_entry_that_cannot_be_replaced_is_an_outage(tmp_path: Path) -> None:
    cache = interface_of(make_app(FilesystemStore(tmp_path / "kept")))
    await cache.set("key", "x", expiry=60)
    [kept] = (tmp_path / "kept" / "records").glob("*/*")
    kept.write_bytes(b"damaged")

    with pytest.raises(StoreUnavailable, match="cannot be replaced"):
        async with asyncio.timeout(10):
            await cache.set("key", "y", expiry=60)
    await cache.close()


async def test_the_cache_refuses_what_would_come_back_different(app: Quart) -> None:
    with pytest.raises(UnstorableValue, match="'key'"):
        await interface_of(app).set("key", {1, 2}, expiry=60)


@pytest.mark.parametrize(
    "name_for", [lambda token: token, key_of, lambda token: f"session:{token}"]
)
async def test_no_name_in_the_cache_leads_to_a_session(
    app: Quart, browser: Browser, name_for: Callable[[str], str]
) -> None:
    await browser.visit(put(name="ada"))
    name = name_for(browser.token or "")
    cache = interface_of(app)

    assert await cache.get(name) is None
    await cache.set(name, "garbage", expiry=60)
    await cache.delete(name)

    assert await browser.look(look) == {"name": "ada"}


async def test_no_cookie_leads_to_a_cached_value(app: Quart, store: CountingStore) -> None:
    name = "n" * 43
    await interface_of(app).set(name, {"name": "ada"}, expiry=60)
    [record] = await store.records()

    for cookie in (name, record.key, record.key[:43]):
        assert await Browser(app, token=cookie).look(look) == {}


async def test_regenerate_can_be_asked_of_the_interface_as_in_flask_session(
    app: Quart, browser: Browser
) -> None:
    await browser.visit(put(x=1))
    before = browser.token

    await browser.visit(interface_of(app).regenerate)

    assert browser.token != before
    assert await browser.look(look) == {"x": 1}


async def test_expired_sessions_are_swept_while_the_application_runs(
    store: CountingStore, clock: FakeClock
) -> None:
    app = make_app(store, SESSION_SWEEP_INTERVAL=timedelta(milliseconds=10))
    for _ in range(3):
        await Browser(app).visit(put(x=1))
    clock.advance(days=1)

    async with app.test_app():
        await eventually(lambda: "sweep" in store.calls)

    assert (await store.memory.sweep(budget=100)).examined == 0
