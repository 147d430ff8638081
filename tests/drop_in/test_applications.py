"""Applications that know nothing of us are as safe as if they did, by one changed import."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Quart, flash, get_flashed_messages, request, session
from quart.typing import ResponseReturnValue

from quart_app.sessions import Session, Store
from quart_app.testing import Client
from tests.drop_in.applications import APPLICATIONS, Application


def served(application: Application | None, store: Store) -> Quart:
    """The application, with our sessions and a cart that every visitor may fill."""
    app = Quart(__name__)
    Session(app, store=store)

    @app.get("/remember/<thing>")
    async def remember(thing: str) -> str:
        session.setdefault("cart", []).append(thing)
        return thing

    if application is not None:
        application.add_pages(app)
    return app


def token_of(client: Client) -> str | None:
    cookie = client.cookies.get("session")
    return None if cookie is None else cookie.value


def copy_of(client: Client) -> Client:
    """Somebody else, who has got hold of the cookie as it is now."""
    other = Client(client.app, raises=True)
    other.set_cookie(f"session={token_of(client)}; Path=/; HttpOnly")
    return other


async def who(client: Client) -> str:
    """Who the application takes this browser for."""
    return (await client.get("/")).text()


async def held(client: Client) -> dict[str, Any]:
    async with client.session() as session:
        return dict(session)


@pytest.fixture(params=APPLICATIONS)
def application(request: pytest.FixtureRequest) -> Application:
    return APPLICATIONS[request.param]


@pytest.fixture
async def visitor(application: Application, store: Store) -> Client:
    """A browser whose session an attacker knows, or may have planted."""
    client = Client(served(application, store), raises=True)
    await client.get("/remember/guest")
    assert await who(client) == "nobody"
    return client


async def test_who_signs_in_is_signed_in(application: Application, visitor: Client) -> None:
    await application.sign_in(visitor)

    assert await who(visitor) == "ada"
    assert visitor.refused == []


async def test_who_comes_for_the_first_time_can_sign_in(
    application: Application, store: Store
) -> None:
    client = Client(served(application, store), raises=True)

    await application.sign_in(client)

    assert await who(client) == "ada"


async def test_a_session_known_before_the_sign_in_is_nobodys(
    application: Application, visitor: Client
) -> None:
    attacker = copy_of(visitor)

    await application.sign_in(visitor)

    assert token_of(visitor) not in (None, token_of(attacker))
    assert await who(attacker) == "nobody"
    await attacker.get("/remember/trap")
    assert await who(attacker) == "nobody"
    assert await who(visitor) == "ada"


async def test_signing_out_is_final(application: Application, visitor: Client) -> None:
    await application.sign_in(visitor)
    assert await who(visitor) == "ada"
    thief = copy_of(visitor)
    assert await who(thief) == "ada"

    await visitor.get("/logout")

    for client in (thief, visitor):
        assert await who(client) == "nobody"
        await client.get("/remember/more")
        assert await who(client) == "nobody"


async def test_the_application_keeps_what_it_kept(
    application: Application, visitor: Client
) -> None:
    await application.sign_in(visitor)
    assert {name: (await held(visitor)).get(name) for name in application.kept} == application.kept

    await visitor.get("/logout")

    assert await held(visitor) == application.left


async def test_signing_in_again_works(application: Application, visitor: Client) -> None:
    for _ in range(2):
        await application.sign_in(visitor)
        assert await who(visitor) == "ada"
        await visitor.get("/logout")
        assert await who(visitor) == "nobody"


def shown(name: str, store: Store) -> Client:
    return Client(served(APPLICATIONS[name], store), raises=True)


async def test_a_strangers_state_does_not_sign_in(store: Store) -> None:
    client = shown("oauth", store)
    await client.get("/login")

    response = await client.get("/callback", query={"state": "forged"}, site="cross-site")

    assert response.status == 400
    assert await who(client) == "nobody"


async def test_a_checkout_that_corrects_a_name_loses_no_cart(store: Store) -> None:
    client = shown("shop", store)
    await client.get("/remember/apple")
    await client.post("/login", form={"username": "ada"})

    response = await client.post("/checkout", form={"name": "Ada Lovelace"})

    assert response.json() == {"cart": ["apple"]}
    assert await who(client) == "ada"
    assert await held(client) == {"cart": ["apple"], "email": "ada", "name": "Ada Lovelace"}


async def test_who_becomes_an_administrator_gets_a_new_token(store: Store) -> None:
    client = shown("roles", store)
    await client.post("/login", form={"username": "ada"})
    thief = copy_of(client)

    await client.post("/sudo")

    assert await who(client) == "ada, admin"
    assert await who(thief) == "nobody"


@pytest.mark.parametrize(("form", "then"), [({}, "nobody"), ({"remember": "on"}, "ada")])
async def test_only_who_is_remembered_outlives_the_window(
    store: Store, form: dict[str, str], then: str
) -> None:
    client = shown("remember me", store)
    await client.post("/login", form={"username": "ada", **form})

    client.close_browser()

    assert await who(client) == then


async def test_a_password_alone_signs_nobody_in(store: Store) -> None:
    client = shown("two steps", store)
    await client.post("/login", form={"username": "ada"})
    thief = copy_of(client)
    assert await who(client) == "nobody"
    assert (await client.post("/code", form={"code": "0"})).status == 403

    await client.post("/code", form={"code": "123"})

    assert await who(client) == "ada"
    assert await who(thief) == "nobody"
    assert (await thief.post("/code", form={"code": "123"})).status == 403


def letters_only(store: Store) -> Quart:
    """The ninth application: a language, a flash and a token against forged forms; no login."""
    app = served(None, store)

    @app.get("/language/<code>")
    async def language(code: str) -> str:
        session["language"] = code
        await flash("changed")
        return code

    @app.get("/form")
    async def form() -> ResponseReturnValue:
        token = session.setdefault("csrf_token", "a token")
        return {"token": token, "said": get_flashed_messages()}

    @app.post("/form")
    async def sent() -> ResponseReturnValue:
        return {"is_ours": (await request.form)["csrf_token"] == session.get("csrf_token")}

    return app


async def test_entries_that_sign_nobody_in_leave_the_token(store: Store) -> None:
    client = Client(letters_only(store), raises=True)
    await client.get("/language/fr")
    token = token_of(client)

    first = (await client.get("/form")).json()
    again = (await client.get("/form")).json()
    sent = (await client.post("/form", form={"csrf_token": first["token"]})).json()
    await client.get("/language/en")

    assert first == {"token": "a token", "said": ["changed"]}
    assert again["said"] == []
    assert sent == {"is_ours": True}
    assert token_of(client) == token
    [record] = await records(client, store)
    assert record is None


async def records(client: Client, store: Store) -> list[str | None]:
    """Whose the browser's session is, as the store lists it."""
    async with client.session() as session:
        record = await store.load(session.sid)  # type: ignore[attr-defined]
    assert record is not None
    return [record.owner]
