"""One line signs somebody in, whatever keeps the sessions, and the session is a real one."""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path
from typing import Any

import pytest
from quart import Quart, session
from quart.sessions import SessionMixin
from quart.typing import ResponseReturnValue
from quart.wrappers.base import BaseRequestWebsocket

from quart_app import create_app
from quart_app.sessions import Session
from quart_app.testing import Client, FakeClock, SessionNotKept, signed_in_client

KINDS = ("memory", "filesystem", "cookie")


def an_app(tmp_path: Path, clock: FakeClock | None = None, **config: Any) -> Quart:
    """What a reader of the tutorials would write."""
    app = Quart(__name__)
    app.config.update(SECRET_KEY=secrets.token_hex(), SESSION_FILE_DIR=tmp_path)
    app.config.update({"SESSION_TYPE": "memory", **config})
    Session(app, clock=clock or time.time)

    @app.get("/")
    async def index() -> ResponseReturnValue:
        return dict(session)

    @app.post("/logout")
    async def logout() -> str:
        session["name"] = None
        session.clear()
        return "bye"

    return app


@pytest.fixture(params=KINDS)
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Quart:
    return an_app(tmp_path, SESSION_TYPE=request.param)


@pytest.fixture(params=KINDS)
def pages(request: pytest.FixtureRequest, tmp_path: Path) -> Quart:
    """Our own application."""
    return create_app({"DATA_DIR": tmp_path, "SESSION_TYPE": request.param})


async def test_somebody_is_signed_in_without_a_login_page_and_without_a_start(app: Quart) -> None:
    client = await signed_in_client(app, "ada")

    assert (await client.get("/")).json() == {"name": "ada"}


async def test_what_else_the_session_is_to_hold_is_named(app: Quart) -> None:
    client = await signed_in_client(app, "ada", cart=["apple"], visits=3)

    assert (await client.get("/")).json() == {"name": "ada", "cart": ["apple"], "visits": 3}


async def test_an_application_that_asks_for_another_entry_gets_it(app: Quart) -> None:
    client = await signed_in_client(app, user_id=7)

    assert (await client.get("/")).json() == {"user_id": 7}


@pytest.mark.parametrize(
    ("keys", "filled"),
    [("username", "username"), (("user", "username"), "user"), (("user_id", "name"), "name")],
)
async def test_the_entry_that_the_application_declares_is_the_one_that_is_filled(
    app: Quart, keys: object, filled: str
) -> None:
    app.config["SESSION_OWNER_KEY"] = keys

    client = await signed_in_client(app, "ada")

    assert (await client.get("/")).json() == {filled: "ada"}


async def test_somebody_is_signed_in_to_the_login_pages(pages: Quart) -> None:
    client = await signed_in_client(pages, "Ada")

    assert "Ada" in (await client.get("/user")).text()


async def test_nobody_is_not_signed_in(app: Quart) -> None:
    with pytest.raises(TypeError, match="say who signs in"):
        await signed_in_client(app)


async def test_signing_out_ends_it(app: Quart) -> None:
    client = await signed_in_client(app, "ada")

    await client.post("/logout")

    assert (await client.get("/")).json() == {}
    assert "session" not in client.cookies


async def test_several_people_are_signed_in_side_by_side(app: Quart) -> None:
    names = [f"user {number}" for number in range(10)]
    clients = await asyncio.gather(*(signed_in_client(app, name) for name in names))

    pages = await asyncio.gather(*(client.get("/") for client in clients))

    assert [page.json()["name"] for page in pages] == names


def test_it_works_in_a_second_event_loop(app: Quart) -> None:
    ada = asyncio.run(signed_in_client(app, "ada"))
    bob = asyncio.run(signed_in_client(app, "bob"))

    assert asyncio.run(ada.get("/")).json() == {"name": "ada"}
    assert asyncio.run(bob.get("/")).json() == {"name": "bob"}


async def test_it_works_in_an_application_that_was_started(app: Quart) -> None:
    async with Client(app) as client:
        await client.sign_in("ada")

        assert (await client.get("/")).json() == {"name": "ada"}


async def test_the_session_can_be_looked_at_and_changed_between_requests(app: Quart) -> None:
    client = await signed_in_client(app, "ada", cart=["apple"])

    async with client.session() as held:
        held["cart"].append("pear")
        held["cart"] = held["cart"]
        held.permanent = True

    page = (await client.get("/")).json()
    assert page["cart"] == ["apple", "pear"]
    cookie = client.cookies.get("session")
    assert cookie is not None
    assert cookie.expires_at is not None
    async with client.session() as held:
        assert held["name"] == "ada"


async def test_the_session_is_opened_once(app: Quart, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    open_session = app.session_interface.open_session

    async def counted(app: Quart, request: BaseRequestWebsocket) -> SessionMixin | None:
        opened.append(request)
        return await open_session(app, request)

    monkeypatch.setattr(app.session_interface, "open_session", counted)

    async with Client(app).session() as held:
        held["cart"] = 1
        assert len(opened) == 1


async def test_a_block_that_fails_changes_nothing(app: Quart) -> None:
    client = await signed_in_client(app, "ada")

    async def change_and_fail() -> None:
        async with client.session() as held:
            held["name"] = "eve"
            raise LookupError

    with pytest.raises(LookupError):
        await change_and_fail()

    assert (await client.get("/")).json() == {"name": "ada"}


async def test_the_tests_own_context_is_left_alone(app: Quart) -> None:
    async with app.test_request_context("/mine"):
        client = await signed_in_client(app, "ada")
        async with client.session() as held:
            held["cart"] = 1

        assert dict(session) == {}


async def test_the_session_is_a_real_one_with_an_owner(tmp_path: Path) -> None:
    app = an_app(tmp_path)
    client = await signed_in_client(app, "ada")
    await signed_in_client(app, "bob")

    [record] = await app.session_interface.owned_by("ada")  # type: ignore[attr-defined]
    await app.session_interface.delete_owned_by("ada")  # type: ignore[attr-defined]

    assert record.device == "quart-app-testing"
    assert (await client.get("/")).json() == {}


async def test_a_new_sign_in_gives_the_browser_a_new_token(tmp_path: Path) -> None:
    client = await signed_in_client(an_app(tmp_path), "ada")
    before = client.cookies.get("session")

    await client.sign_in("bob")

    after = client.cookies.get("session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert (await client.get("/")).json() == {"name": "bob"}


async def test_session_and_cookie_end_by_the_applications_clock(
    tmp_path: Path, clock: FakeClock
) -> None:
    app = an_app(tmp_path, clock, PERMANENT_SESSION_LIFETIME=300, SESSION_PERMANENT=True)
    client = await signed_in_client(app, "ada")

    clock.advance(minutes=4)
    assert (await client.get("/")).json() == {"name": "ada"}

    clock.advance(minutes=5)
    assert "session" not in client.cookies
    assert (await client.get("/")).json() == {}


async def test_a_host_cookie_a_path_and_a_bound_address_are_no_obstacle(tmp_path: Path) -> None:
    app = an_app(
        tmp_path,
        SESSION_COOKIE_NAME="__Host-session",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_PROTECTION=True,
    )
    client = await signed_in_client(app, "ada")

    cookie = client.cookies.get("__Host-session")
    assert cookie is not None
    assert cookie.same_site == "Strict"
    assert (await client.get("/")).json() == {"name": "ada"}
    assert (await client.get("/", site="cross-site")).json() == {}


async def test_a_cookie_below_a_path_is_found_again(tmp_path: Path) -> None:
    app = an_app(tmp_path, SESSION_COOKIE_PATH="/shop")
    app.add_url_rule("/shop/cart", "cart", lambda: dict(session))

    client = await signed_in_client(app, "ada")
    async with client.session() as held:
        held["cart"] = 1

    assert (await client.get("/shop/cart")).json() == {"name": "ada", "cart": 1}
    assert (await client.get("/")).json() == {}


async def test_a_cookie_that_the_browser_refuses_is_told_with_the_reason(tmp_path: Path) -> None:
    app = an_app(tmp_path, SESSION_COOKIE_SECURE=True)

    with pytest.raises(SessionNotKept, match="it is Secure, and came over plain http"):
        await Client(app, base_url="http://localhost").sign_in("ada")


async def test_only_a_quart_application_has_sessions() -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        """Any other ASGI application."""

    with pytest.raises(TypeError, match="Quart"):
        await Client(app).sign_in("ada")


async def test_without_a_secret_key_it_says_what_to_set(tmp_path: Path) -> None:
    app = an_app(tmp_path, SESSION_TYPE="cookie")
    app.secret_key = None

    with pytest.raises(RuntimeError, match="secret_key"):
        await signed_in_client(app, "ada")
