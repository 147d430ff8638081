"""Who has not signed in goes no further; before something grave, who has is asked again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from quart import Quart, websocket

from quart_app import Login, current_account, login_required
from quart_app.errors import ConfigurationError
from quart_app.testing import FakeClock
from tests.login.conftest import PASSWORD, sign_in
from tests.web.asking import browser, knock

SCRIPTS: list[dict[str, str]] = [
    {"Sec-Fetch-Mode": "cors"},
    {"Sec-Fetch-Mode": "cors", "Accept": "text/html"},
    {"X-Requested-With": "XMLHttpRequest"},
    {"Accept": "application/json"},
    {"Content-Type": "application/json"},
]
PAGES: list[dict[str, str]] = [
    {"Sec-Fetch-Mode": "navigate"},
    {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    {"Accept": "*/*"},
    {},
]


@pytest.fixture
def app(app: Quart) -> Quart:
    """With something grave."""

    @app.route("/grave", methods=["GET", "POST"])
    @login_required(within=timedelta(minutes=10))
    async def grave() -> str:
        return "done"

    @app.get("/plain")
    @login_required
    def plain() -> str:
        return current_account.name

    return app


@pytest.mark.parametrize("said", PAGES, ids=str)
async def test_a_visitor_who_asks_for_a_page_is_sent_to_the_form_and_comes_back(
    visitor: httpx.AsyncClient, said: dict[str, str]
) -> None:
    visitor.headers.clear()

    got = await visitor.get("/notes?q=a%26b&next=x", headers=said)
    posted = await visitor.post("/notes", headers=said)
    signed_in = await visitor.post(
        got.headers["location"], data={"name": "ada", "password": PASSWORD}
    )

    assert got.headers["location"] == "/login?next=/notes%3Fq%3Da%2526b%26next%3Dx"
    assert signed_in.headers["location"] == "/notes?q=a%26b&next=x"
    assert (posted.status_code, posted.headers["location"]) == (303, "/login")


def any_page(anything: str) -> str:
    return anything


async def test_a_page_of_any_name_is_come_back_to(app: Quart, visitor: httpx.AsyncClient) -> None:
    app.add_url_rule("/<path:anything>", "any", login_required(any_page))

    for path in ("/n%C3%B6tes", "/a%20b", "/%2541", "/a;b=c,d", "/x?q=%C3%B6&r=a+b"):
        refused = await visitor.get(path)
        signed_in = await visitor.post(
            refused.headers["location"], data={"name": "ada", "password": PASSWORD}
        )
        await visitor.post("/logout")

        assert signed_in.headers["location"] == path


@pytest.mark.parametrize("said", SCRIPTS, ids=str)
async def test_a_script_gets_401_with_json(
    visitor: httpx.AsyncClient, said: dict[str, str]
) -> None:
    answer = await visitor.get("/notes", headers=said)

    assert answer.status_code == 401
    assert answer.json() == {"error": "signed_out", "url": "/login"}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_handler_may_be_a_plain_function(ada: httpx.AsyncClient) -> None:
    assert (await ada.get("/plain")).text == "Ada"


async def test_a_websocket_is_refused(app: Quart, ada: httpx.AsyncClient) -> None:
    @app.websocket("/socket")
    @login_required
    async def socket() -> None:
        await websocket.accept()

    cookie = {"Cookie": f"session={ada.cookies['session']}"}

    assert "websocket.accept" not in await knock(app, "/socket")
    assert "websocket.accept" in await knock(app, "/socket", headers=cookie)


async def test_before_something_grave_it_asks_again_once_the_time_is_over(
    ada: httpx.AsyncClient, clock: FakeClock
) -> None:
    at_once = await ada.get("/grave")
    clock.advance(minutes=11)
    late = await ada.get("/grave")
    script = await ada.get("/grave", headers={"Accept": "application/json"})
    form = await ada.get(late.headers["location"])
    wrong = await ada.post("/confirm", data={"password": "wrong", "next": "/grave"})
    others = await ada.post("/confirm", data={"name": "bob", "password": PASSWORD})
    proved = await ada.post("/confirm", data={"password": PASSWORD, "next": "/grave"})
    afterwards = await ada.get(proved.headers["location"])

    assert at_once.text == afterwards.text == "done"
    assert late.headers["location"] == "/confirm?next=/grave"
    assert (script.status_code, script.json()["error"]) == (401, "confirm")
    assert 'name="password"' in form.text
    assert "You are logged in as <bdi>Ada</bdi>" in form.text
    assert (wrong.status_code, proved.status_code) == (401, 303)
    assert others.status_code == 303, "the name is Ada's, whatever is sent"


async def test_proving_it_again_gives_a_new_token_and_signs_nobody_else_in(
    ada: httpx.AsyncClient,
) -> None:
    before = ada.cookies["session"]

    await ada.post("/confirm", data={"name": "bob", "password": PASSWORD})

    assert ada.cookies["session"] != before
    assert (await ada.get("/notes")).text == "Notes of Ada"


async def test_a_visitor_has_nothing_to_prove(visitor: httpx.AsyncClient) -> None:
    got = await visitor.get("/confirm")
    posted = await visitor.post("/confirm", data={"password": PASSWORD})

    assert (got.status_code, got.headers["location"]) == (302, "/login")
    assert (posted.status_code, posted.headers["location"]) == (303, "/login")


async def test_by_name_it_asks_for_the_name_again(tmp_path: Any, clock: FakeClock) -> None:
    app = Quart(__name__)
    app.config.update(DATA_DIR=tmp_path, SESSION_TYPE="memory", LOGIN_MODE="name")
    Login(app)

    async with browser(app) as ada:
        await ada.post("/login", data={"name": "Ada"})
        form = await ada.get("/confirm")
        wrong = await ada.post("/confirm", data={"name": "Bob"})
        proved = await ada.post("/confirm", data={"name": "Ada"})

    assert "password" not in form.text
    assert (wrong.status_code, proved.status_code) == (401, 303)


async def test_the_session_holds_how_and_when_it_was_signed_in_to(
    app: Quart, login: Login, ada: httpx.AsyncClient, clock: FakeClock
) -> None:
    @app.get("/steps")
    async def steps() -> dict[str, Any]:
        return {"steps": [[step.method, step.at] for step in login.steps()]}

    first = (await ada.get("/steps")).json()
    clock.advance(minutes=5)
    await ada.post("/confirm", data={"password": PASSWORD})
    again = (await ada.get("/steps")).json()

    assert first == {"steps": [["check", clock() - 300]]}
    assert again == {"steps": [["check", clock()]]}


async def test_the_current_account_is_falsy_for_a_visitor(app: Quart) -> None:
    @app.get("/who")
    async def who() -> dict[str, Any]:
        return {"is": bool(current_account), "id": current_account.id}

    async with browser(app) as visitor:
        before = (await visitor.get("/who")).json()
        await sign_in(visitor)
        after = (await visitor.get("/who")).json()

    assert before == {"is": False, "id": ""}
    assert after == {"is": True, "id": "7"}


async def test_without_a_login_the_guard_says_what_is_missing(bare: Quart) -> None:
    @bare.get("/notes")
    @login_required
    async def notes() -> str:
        return ""

    async with bare.test_request_context("/notes"):
        with pytest.raises(ConfigurationError, match=r"call Login\(app\) before the first"):
            await notes()
