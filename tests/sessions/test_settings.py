"""A setting works, or stops the start with one line that says how to mend it."""

from __future__ import annotations

import ast
import logging
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from quart import Quart, session

import quart_app
from quart_app.errors import ConfigurationError
from quart_app.sessions import Session
from quart_app.sessions.stores import store_for
from quart_app.settings import WITHOUT_EFFECT, SessionSettings, unknown_names
from quart_app.testing import FakeClock
from tests.sessions.browser import Browser, CountingStore, cookies_in, look, make_app, put

NAMES = {item.metadata["name"]: item.name for item in fields(SessionSettings)}

DURATIONS = [
    *("SESSION_STORE_TIMEOUT", "SESSION_SWEEP_INTERVAL", "SESSION_IDLE_LIFETIME"),
    *("SESSION_ABSOLUTE_LIFETIME", "PERMANENT_SESSION_LIFETIME"),
    "PERMANENT_SESSION_ABSOLUTE_LIFETIME",
]
TRUE_OR_FALSE = {
    *("SESSION_SEALED", "SESSION_PERMANENT", "SESSION_REFRESH_EACH_REQUEST", "SESSION_PROTECTION"),
    *("SESSION_REVERSE_PROXY", "SESSION_STATIC_FILE", "SESSION_COOKIE_SECURE"),
    *("SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_PARTITIONED"),
}
TEXTS = {"SESSION_URI", "SESSION_KEY_PREFIX", "SESSION_COOKIE_NAME", "SESSION_COOKIE_PATH"}
MAY_BE_EMPTY = {"SESSION_COOKIE_DOMAIN", "SESSION_FILE_DIR", "DATA_DIR"}
NO_PROBLEM = {"SESSION_REDIS"}  # whoever hands in a client knows what it is

WRONG_FOR: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(DURATIONS, (0, -1, True, "300", [], 1e300, float("nan"))),
    **dict.fromkeys(TRUE_OR_FALSE, (2, -1, 1.0, "", "maybe", "10", [])),
    **dict.fromkeys(TEXTS, ("", 5, True, b"bytes", ["a"])),
    **dict.fromkeys(MAY_BE_EMPTY, (5, True, b"bytes", ["a"])),
    "SESSION_TYPE": ("null", "memcached", "Redis", "", 5, []),
    "SESSION_COOKIE_SAMESITE": ("lax", "", True, "Relaxed", []),
    "SESSION_FILE_MODE": (0o644, 0o660, 0, "600", True, 0o700),
    "SESSION_REDIS_REPLICAS": (-1, 1.5, "many", True),
    "SESSIONS_PER_OWNER": (-1, 1.5, "many", True),
    "SESSION_OWNER_KEY": ("", [], 5, True, [""], [5], {"a": 1}.items()),
}
HOST_ONLY = {"SESSION_COOKIE_NAME": "__Host-session", "SESSION_COOKIE_SECURE": True}
WRONG = [(name, value) for name, values in sorted(WRONG_FOR.items()) for value in values]


def test_every_setting_is_given_wrong_values_here() -> None:
    assert WRONG_FOR.keys() | NO_PROBLEM == set(NAMES)


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_stops_the_start_with_one_line_that_names_it_and_the_cure(
    store: CountingStore, name: str, value: Any
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_app(store, **{name: value})

    message = str(caught.value)
    assert message.startswith(f"{name} is ")
    assert ": set it to " in message
    assert "\n" not in message
    assert not message.endswith("set it to ")
    assert "cannot" not in message


@pytest.mark.parametrize(
    ("config", "cure"),
    [
        ({"SESSION_COOKIE_NAME": "__Host-session"}, "SESSION_COOKIE_SECURE"),
        ({"SESSION_COOKIE_NAME": "__Secure-session"}, "SESSION_COOKIE_SECURE"),
        ({"SESSION_COOKIE_SAMESITE": "None"}, "SESSION_COOKIE_SECURE"),
        ({"SESSION_COOKIE_PARTITIONED": True}, "SESSION_COOKIE_SECURE"),
        ({**HOST_ONLY, "SESSION_COOKIE_DOMAIN": "example.org"}, "SESSION_COOKIE_DOMAIN"),
        ({**HOST_ONLY, "SESSION_COOKIE_PATH": "/app"}, "SESSION_COOKIE_PATH"),
    ],
)
def test_a_cookie_that_browsers_would_refuse_stops_the_start(
    store: CountingStore, config: dict[str, Any], cure: str
) -> None:
    with pytest.raises(ConfigurationError, match=cure) as caught:
        make_app(store, **config)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SESSION_COOKIE_SAME_SITE", "SESSION_COOKIE_SAMESITE"),
        ("SESSION_LIFETIME", "SESSION_IDLE_LIFETIME"),
        ("SESSION_REDIS_URI", "SESSION_REDIS"),
        ("SESSION_SEAL", "SESSION_SEALED"),
        ("SESSION_XYZZY", None),
    ],
)
def test_an_unknown_name_is_told_with_the_one_that_may_be_meant(
    store: CountingStore, caplog: pytest.LogCaptureFixture, name: str, meant: str | None
) -> None:
    make_app(store, **{name: "x"})

    [told] = [record.getMessage() for record in caplog.records if name in record.getMessage()]
    suffix = f": did you mean {meant}?" if meant else ""
    assert told == f"unknown setting {name}{suffix}"


def test_quarts_own_settings_are_all_known() -> None:
    assert unknown_names(Quart("x").config) == {}


@pytest.mark.parametrize("name", WITHOUT_EFFECT)
@pytest.mark.parametrize("value", [True, 100, "json", None])
async def test_a_name_that_has_nothing_to_do_any_more_does_no_harm(
    store: CountingStore, caplog: pytest.LogCaptureFixture, name: str, value: Any
) -> None:
    caplog.set_level(logging.INFO)

    browser = Browser(make_app(store, **{name: value}))
    await browser.visit(put(x=1))

    assert await browser.read("x") == 1
    told = [record.levelname for record in caplog.records if name in record.getMessage()]
    assert told == ([] if value is None else ["INFO"])


def attributes_read() -> set[str]:
    """Every name that follows a dot anywhere in the package but in settings.py."""
    root = Path(quart_app.__file__).parent
    trees = [
        ast.parse(path.read_text()) for path in root.rglob("*.py") if path.name != "settings.py"
    ]
    return {
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name | ast.Attribute)
        and ast.unparse(node.value).endswith("settings")
    }


def test_what_keeps_nothing_on_the_server_has_no_store(clock: FakeClock) -> None:
    settings = SessionSettings.from_config({"SESSION_TYPE": "cookie"})

    with pytest.raises(ConfigurationError, match="SESSION_TYPE"):
        store_for(settings, instance_path="", clock=clock)


def test_every_setting_is_read_by_something() -> None:
    assert set(NAMES.values()) - attributes_read() == set()


async def test_a_lifetime_that_is_changed_later_takes_effect(
    store: CountingStore, clock: FakeClock
) -> None:
    app = make_app(store, SESSION_PERMANENT=True)
    app.config["PERMANENT_SESSION_LIFETIME"] = 300
    browser = Browser(app)

    [cookie] = cookies_in(await browser.visit(put(x=1)))

    assert cookie.max_age == 300
    clock.advance(seconds=300)
    assert await browser.look(look) == {}


async def test_flasks_own_way_to_change_the_lifetime_takes_effect(store: CountingStore) -> None:
    app = make_app(store, SESSION_PERMANENT=True)
    app.permanent_session_lifetime = timedelta(minutes=5)

    [cookie] = cookies_in(await Browser(app).visit(put(x=1)))

    assert cookie.max_age == 300


async def test_cookie_flags_that_are_changed_later_take_effect(store: CountingStore) -> None:
    app = make_app(store)
    await Browser(app).visit(put(x=1))
    app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_NAME="__Host-sid")

    [cookie] = cookies_in(await Browser(app).visit(put(x=1)))

    assert cookie.name == "__Host-sid"
    assert "Secure" in cookie.attributes


async def test_an_owner_key_that_is_changed_later_takes_effect(store: CountingStore) -> None:
    app = make_app(store)
    app.config["SESSION_OWNER_KEY"] = "customer"
    browser = Browser(app)

    await browser.visit(put(customer=7, name="nick"))

    assert [record.owner for record in await store.records()] == ["7"]


async def test_a_change_that_cannot_work_is_logged_and_the_one_before_holds(
    store: CountingStore, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(store)
    await Browser(app).visit(put(x=1))
    app.config["SESSION_COOKIE_NAME"] = "__Host-sid"

    responses = [await Browser(app).visit(put(x=1)) for _ in range(3)]

    assert [cookies_in(response)[0].name for response in responses] == ["session"] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "session settings changed to something that cannot work"
    ]
    assert "needs SESSION_COOKIE_SECURE: set it to True" in caplog.text


async def test_a_change_that_cannot_work_before_the_first_request_changes_no_cookie(
    store: CountingStore,
) -> None:
    app = make_app(store, SESSION_COOKIE_NAME="__Host-sid", SESSION_COOKIE_SECURE=True)
    app.config["SESSION_IDLE_LIFETIME"] = "soon"

    (cookie,) = cookies_in(await Browser(app).visit(put(x=1)))

    assert cookie.name == "__Host-sid"
    assert "Secure" in cookie.attributes


async def test_settings_can_come_from_the_environment(
    store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "SESSION_COOKIE_SECURE": "true",
        "SESSION_COOKIE_NAME": "__Host-sid",
        "SESSION_PERMANENT": "true",
        "PERMANENT_SESSION_LIFETIME": "300",
        "SESSION_OWNER_KEY": '["customer", "agent"]',
        "SESSION_FILE_MODE": "384",
        "SESSION_STORE_TIMEOUT": "0.25",
    }.items():
        monkeypatch.setenv(f"QUART_{name}", value)
    app = Quart("from the environment")
    app.config.from_prefixed_env()
    Session(app, store=store)

    @app.get("/")
    async def page() -> str:
        session["agent"] = "007"
        return ""

    [cookie] = cookies_in(await app.test_client().get("/"))

    assert (cookie.name, cookie.max_age) == ("__Host-sid", 300)
    assert [record.owner for record in await store.records()] == ["007"]


def test_what_quart_has_no_opinion_about_has_our_default() -> None:
    unset = dict.fromkeys(NAMES)

    assert SessionSettings.from_config(unset) == SessionSettings()


def test_every_setting_has_a_reason_that_can_be_read_aloud() -> None:
    for item in fields(SessionSettings):
        reason = item.metadata["reason"]
        assert reason[0].isupper()
        assert reason.endswith(".")
