"""While no more passwords can be looked at: who is turned away before Quart is asked, and who is
not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, cast

import httpx
import pytest
from quart import Quart, request

from quart_app import Login, sign_in_refused
from quart_app.accounts import Administration
from quart_app.errors import TooBusy
from quart_app.forwarded import Proxies
from quart_app.login import Refusal
from quart_app.login.members import members_of
from quart_app.observing.layer import Layer, Seen, name_routes
from quart_app.web.forms import FORM_TYPE, MOST_BYTES
from tests.kit.scopes import scope
from tests.login import conftest
from tests.login.passwords.members import RIGHT, accounts_of, with_accounts
from tests.login.passwords.test_pages import ByCode
from tests.web.asking import Answer, ask, browser
from tests.web.configured import configured
from tests.web.test_prefix import PREFIX, Mount

TOO_MANY = "Too many people are logging in right now."
FORM = f"name=ada&password={RIGHT.replace(' ', '+')}&next=/notes".encode()
TYPE = ("content-type", FORM_TYPE)


@pytest.fixture
def asked(app: Quart) -> list[str]:
    """The paths that came as far as Quart."""
    paths: list[str] = []

    @app.before_request
    async def note() -> None:
        paths.append(request.path)

    return paths


@contextmanager
def full(app: Quart, *, for_known: str | None = None) -> Iterator[None]:
    """While all places for strangers are taken, and the one that is kept for this account."""
    hashing = accounts_of(app).parts.hashing
    with ExitStack() as places:
        for known_to in (None, for_known):
            with suppress(TooBusy):
                while True:
                    places.enter_context(hashing.place(known_to=known_to))
        yield


async def send(visitor: httpx.AsyncClient) -> httpx.Response:
    """The form, with the right password."""
    return await visitor.post("/login", content=FORM, headers=[TYPE])


async def test_a_stranger_gets_the_page_that_quart_would_have_sent(
    app: Quart, asked: list[str], office: Administration, visitor: httpx.AsyncClient
) -> None:
    ada = await office.find("ada")
    refusals = []
    async with browser(app) as known:
        await send(known)
        known.cookies.delete("session")
        asked.clear()

        with (
            full(app, for_known=ada.id),
            sign_in_refused.connected_to(lambda _, **told: refusals.append(told), app),
        ):
            turned_away = await send(visitor)
            assert asked == []
            by_quart = await send(known)
    after = await send(visitor)

    assert asked == ["/login", "/login"]
    assert TOO_MANY in turned_away.text
    assert turned_away.text == by_quart.text
    assert turned_away.status_code == by_quart.status_code == 503
    assert 2 <= int(turned_away.headers.pop("retry-after")) <= 12
    del by_quart.headers["retry-after"]
    assert sorted(turned_away.headers.items()) == sorted(by_quart.headers.items())
    assert refusals == [{"method": "password", "reason": Refusal.BUSY}] * 2
    assert after.headers["location"] == "/notes"


@pytest.mark.parametrize("path", ["/login?next=/notes", "//login?next=/notes"])
async def test_the_next_page_may_stand_in_the_address(
    app: Quart, asked: list[str], office: Administration, path: str
) -> None:
    with full(app):
        turned_away = await ask(app, path, method="POST", headers=[TYPE], body=b"name=ada")

    assert (turned_away.status, asked) == (503, [])
    assert '<input type="hidden" name="next" value="/notes">' in turned_away.text


async def test_a_browser_that_is_known_is_looked_at(
    app: Quart, office: Administration, visitor: httpx.AsyncClient
) -> None:
    await send(visitor)
    visitor.cookies.delete("session")

    with full(app):
        assert (await send(visitor)).status_code == 303


async def test_who_has_passed_the_password_goes_on(
    app: Quart, login: Login, office: Administration, visitor: httpx.AsyncClient
) -> None:
    login.add_stage(ByCode())
    ada = await office.find("ada")

    first = await send(visitor)
    with full(app, for_known=ada.id):
        second = await visitor.post("/login", data={"code": "1"})

    assert (first.status_code, second.status_code) == (200, 303)


@pytest.mark.parametrize("cookie", ["known_device=made-up", "session=made-up", "other=caf\xe9"])
async def test_no_cookie_that_somebody_makes_up_leads_past_it(
    app: Quart, asked: list[str], office: Administration, cookie: str
) -> None:
    with full(app):
        turned_away = await ask(
            app, "/login", method="POST", headers=[TYPE, ("cookie", cookie)], body=FORM
        )

    assert (turned_away.status, asked) == (503, [])


async def test_other_pages_are_as_ever(
    app: Quart, login: Login, office: Administration, visitor: httpx.AsyncClient
) -> None:
    @app.post("/other/login")
    async def other() -> str:
        return "an application's own"

    with full(app):
        assert (await visitor.get("/login")).status_code == 200
        assert (await visitor.post("/notes")).status_code == 303
        assert (await visitor.post("/login/more")).status_code == 404
        assert (await visitor.post("/other/login")).text == "an application's own"


@pytest.mark.parametrize("strips", [False, True], ids=["left in the path", "taken off"])
async def test_it_speaks_the_language_that_was_chosen_below_whatever_prefix(
    app: Quart, office: Administration, strips: bool
) -> None:
    mounted = Mount(app, strips=strips)
    async with browser(mounted) as visitor:
        await visitor.post(f"{PREFIX}/language", data={"language": "fr"})
        [(name, value)] = visitor.cookies.items()
    cookies = [("cookie", "first=1"), ("cookie", f"{name}={value}")]  # as HTTP/2 has them

    with full(app):
        turned_away: Answer = await ask(
            cast(Any, mounted),
            f"{PREFIX}/login",
            method="POST",
            headers=[TYPE, *cookies],
            body=FORM,
        )

    assert turned_away.status == 503
    assert '<html lang="fr" dir="ltr">' in turned_away.text
    assert turned_away.get("content-language") == "fr"
    assert f'action="{PREFIX}/login"' in turned_away.text
    assert f'name="next" value="{PREFIX}/login"' in turned_away.text


@configured(APPLICATION_ROOT="/for all")
async def test_it_speaks_the_browsers_language_below_the_root_that_the_settings_name(
    app: Quart, office: Administration, visitor: httpx.AsyncClient
) -> None:
    visitor.headers["Accept-Language"] = "fr"

    with full(app):
        turned_away = await send(visitor)

    assert '<html lang="fr" dir="ltr">' in turned_away.text
    assert 'action="/for%20all/login"' in turned_away.text


@pytest.mark.parametrize(
    "body", [FORM + b"&more=" + b"x" * MOST_BYTES, b"\xff", FORM + b"&name=bob", b""]
)
async def test_what_is_no_form_gets_an_empty_one(
    app: Quart, office: Administration, body: bytes
) -> None:
    parts = [body[at : at + 10_000] for at in range(0, len(body), 10_000)] or [b""]

    with full(app):
        turned_away = await ask(app, "/login", method="POST", headers=[TYPE], body=parts)

    assert turned_away.status == 503
    assert 'name="name" type="text" value=""' in turned_away.text
    assert 'value="/notes"' not in turned_away.text


async def test_a_body_that_does_not_come_is_not_waited_for(
    app: Quart, office: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quart_app.web.full_house.READ_WITHIN_SECONDS", 0.0)
    said: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    with full(app):
        await cast(Any, app)(scope("POST", "/login"), asyncio.Event().wait, send)

    assert said[0]["status"] == 503


async def test_who_observes_hears_for_which_page_it_was(app: Quart, office: Administration) -> None:
    reports: list[Seen] = []
    name_routes(app)
    layer = Layer(app, proxies=Proxies(()), reports=[reports.append])

    with full(app):
        async with browser(layer) as visitor:
            await send(visitor)

    assert [(seen.route, seen.status) for seen in reports] == [("/login", 503)]


async def test_an_applications_own_form_is_written_by_quart(
    bare: Quart, login: Login, asked: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    templates = tmp_path_factory.mktemp("templates")
    (templates / "login").mkdir()
    (templates / "login" / "login.html").write_text("{{ request.path }}: {{ error }}")
    bare.template_folder = str(templates)

    async with with_accounts(bare), browser(bare) as visitor:
        with full(bare):
            turned_away = await send(visitor)

    assert asked == ["/login"]
    assert turned_away.text.startswith(f"/login: {TOO_MANY}")


async def test_a_check_of_ones_own_needs_no_place(bare: Quart) -> None:
    bare.config["LOGIN_GUESSES"] = "accounts"
    Login(bare, check=conftest.check)

    async with with_accounts(bare), browser(bare) as visitor:
        with full(bare):
            answer = await conftest.sign_in(visitor)

    assert members_of(bare).lets_in is False
    assert answer.status_code == 303
