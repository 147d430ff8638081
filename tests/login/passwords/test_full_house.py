"""While no more passwords can be looked at: who is turned away before Quart is asked, and who is
not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest
from quart import Quart, request

from quart_app import Login, sign_in_refused
from quart_app.accounts import Administration
from quart_app.errors import TooBusy
from quart_app.login import Refusal
from tests.login.passwords.members import RIGHT, accounts_of, with_accounts
from tests.login.passwords.test_pages import ByCode
from tests.web.asking import browser
from tests.web.test_prefix import PREFIX, Mount

NOT_KNOWN = {"Cookie": "known_device=made-up"}


@pytest.fixture
def asked(app: Quart) -> list[str]:
    """The paths that came as far as Quart."""
    paths: list[str] = []

    @app.before_request
    async def note() -> None:
        paths.append(request.path)

    return paths


@contextmanager
def full(app: Quart) -> Iterator[None]:
    """While all places for strangers are taken."""
    hashing = accounts_of(app).parts.hashing
    with ExitStack() as places:
        with suppress(TooBusy):
            while True:
                places.enter_context(hashing.place(known_to=None))
        yield


async def send(visitor: httpx.AsyncClient, **headers: str) -> httpx.Response:
    """The form, with the right password."""
    form = {"name": "ada", "password": RIGHT, "next": "/notes"}
    return await visitor.post("/login", data=form, headers=headers)


def as_untouched(page: str) -> str:
    """The page without what depends on what was typed."""
    next_page = '<input type="hidden" name="next" value="/notes">'
    page = page.replace(next_page, "").replace('value="ada"', 'value=""').replace("autofocus", "")
    return re.sub(r"\s+", " ", page)


async def test_a_stranger_gets_the_same_page_as_from_quart_but_for_what_was_typed(
    app: Quart, asked: list[str], office: Administration, visitor: httpx.AsyncClient
) -> None:
    refusals = []

    with sign_in_refused.connected_to(lambda _, **told: refusals.append(told), app), full(app):
        turned_away = await send(visitor)
        assert asked == []
        by_quart = await send(visitor, **NOT_KNOWN)
    after = await send(visitor)

    assert asked == ["/login", "/login"]
    assert as_untouched(turned_away.text) == as_untouched(by_quart.text)
    assert "Too many people are logging in right now." in turned_away.text
    assert turned_away.status_code == by_quart.status_code == 503
    assert 2 <= int(turned_away.headers["retry-after"]) <= 12
    differ = ("content-length", "retry-after", "vary")
    assert [(k, v) for k, v in sorted(turned_away.headers.items()) if k not in differ] == [
        (k, v) for k, v in sorted(by_quart.headers.items()) if k not in differ
    ]
    assert turned_away.headers["vary"] == "Accept-Language"
    assert refusals == [{"method": "password", "reason": Refusal.BUSY}] * 2
    assert after.headers["location"] == "/notes"


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

    first = await send(visitor)
    with full(app):
        second = await visitor.post("/login", data={"code": "1"})

    assert (first.status_code, second.status_code) == (200, 303)


async def test_other_pages_are_as_ever(
    app: Quart, office: Administration, visitor: httpx.AsyncClient
) -> None:
    with full(app):
        assert (await visitor.get("/login")).status_code == 200
        assert (await visitor.post("/notes")).status_code == 303
        assert (await visitor.post("/login/more")).status_code == 404


@pytest.mark.parametrize("strips", [False, True], ids=["left in the path", "taken off"])
async def test_it_speaks_the_visitors_language_below_whatever_prefix(
    app: Quart, office: Administration, strips: bool
) -> None:
    async with browser(Mount(app, strips=strips)) as visitor:
        chosen = await visitor.post(f"{PREFIX}/language", data={"language": "fr"})
        with full(app):
            turned_away = await visitor.post(f"{PREFIX}/login", data={"name": "ada"})

    assert chosen.status_code == 303
    assert turned_away.status_code == 503
    assert '<html lang="fr" dir="ltr">' in turned_away.text
    assert turned_away.headers["content-language"] == "fr"
    assert f'action="{PREFIX}/login"' in turned_away.text
    assert f'name="next" value="{PREFIX}/login"' in turned_away.text


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
    assert turned_away.text.startswith("/login: Too many people")
