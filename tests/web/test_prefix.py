"""Below a prefix, as a proxy or another application has it, the pages are as at the root."""

from __future__ import annotations

import re
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from hypercorn.middleware import DispatcherMiddleware
from quart import Quart

from tests.web.asking import ask, shown
from tests.web.configured import configured
from tests.web.test_redirects import ELSEWHERE, OWN, ROUND_IN_CIRCLES

PREFIX = "/app"
ADDRESS = re.compile(r'(?:href|src|action|data-events)="([^"]*)"')
# Where the prefix is no prefix, or stands twice.
NOT_BELOW = [
    *(
        "/",
        "/user",
        "/login",
        "/application",
        "/app.user",
        "/APP/user",
        "/%2fapp/user",
        "//app/user",
    ),
    *("/app/app", "/app/app/logout", "/app/%61pp/logout", "/other/app/user", "?/app/user"),
    *("/app/../user", "/app/%2e%2e/user", "/app/./user", "/app\\user", "http://localhost/app/user"),
]


class Mount:
    """A server or an application about this one: such that leave the prefix in the path, and such
    that take it off."""

    def __init__(self, app: Quart, *, strips: bool) -> None:
        self._app = app
        self._strips = strips

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix(PREFIX) if self._strips else scope["path"]
        await cast(Any, self._app)({**scope, "root_path": PREFIX, "path": path}, receive, send)


@pytest.fixture(params=[False, True], ids=["left in the path", "taken off"])
def mounted(app: Quart, request: pytest.FixtureRequest) -> Any:
    return Mount(app, strips=request.param)


@pytest.fixture
def prefix() -> str:
    return PREFIX


def leads_to(answer: httpx.Response) -> str:
    return str(answer.headers.get("location", ""))


def next_in(page: httpx.Response) -> list[str]:
    return re.findall(r'name="next" value="([^"]*)"', shown(page))


async def test_a_walk_in_and_out_stays_below_the_prefix(visitor: httpx.AsyncClient) -> None:
    home = await visitor.get("/app/")
    user = await visitor.get("/app/user")
    form = await visitor.get(leads_to(user))
    signed_in = await visitor.post("/app/login", data={"name": "Ada", "next": next_in(form)[0]})
    greeted = await visitor.get(leads_to(signed_in))
    again = await visitor.get("/app/login?next=/app/user")
    signed_out = await visitor.post("/app/logout")

    assert leads_to(home) == "/app/login"
    assert leads_to(user) == "/app/login?next=/app/user"
    assert leads_to(signed_in) == leads_to(again) == "/app/user"
    assert (greeted.status_code, "Ada" in greeted.text) == (200, True)
    assert (signed_out.status_code, leads_to(signed_out)) == (303, "/app/")


async def test_the_prefix_alone_is_the_home_page(ada: httpx.AsyncClient) -> None:
    assert (await ada.get("/app")).status_code == 200


@configured(LOGIN_REDIRECT="/user", LOGOUT_REDIRECT="/login")
async def test_redirects_that_are_set_are_paths_of_the_application(
    visitor: httpx.AsyncClient,
) -> None:
    signed_in = await visitor.post("/app/login", data={"name": "Ada"})
    out = [await visitor.get("/app/logout"), await visitor.get("/app/logout")]

    assert leads_to(signed_in) == "/app/user"
    assert [leads_to(each) for each in out] == ["/app/login"] * 2


async def test_every_address_in_a_page_has_the_prefix_once(
    visitor: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    pages = [
        await visitor.get("/app/login"),
        await visitor.get("/app/nothing"),
        *[await ada.get(f"/app/{path}") for path in ("", "user", "nothing")],
        await ada.get("/app/logout", headers={"Sec-Fetch-Site": "cross-site"}),
    ]

    addresses = {found for page in pages for found in ADDRESS.findall(page.text)}
    assert {address[:5] for address in addresses} == {"/app/"}
    assert "/app/app" not in "".join(addresses)
    assert "/app/events" in addresses
    static = [address for address in addresses if "/static/" in address]
    assert len(static) == 4
    assert {(await visitor.get(address)).status_code for address in static} == {200}


@pytest.mark.parametrize(
    "astray",
    [ELSEWHERE, NOT_BELOW, [PREFIX + path for path in ROUND_IN_CIRCLES]],
    ids=["elsewhere", "not below the prefix", "in circles"],
)
async def test_signing_in_leads_nobody_out_of_the_prefix(
    ada: httpx.AsyncClient, visitor: httpx.AsyncClient, astray: list[str]
) -> None:
    for path in astray:
        query = f"/app/login?next={quote(path)}"

        already_in = await ada.get(query)
        form = await visitor.get(query)
        signed_in = await visitor.post(query, data={"name": "Grace"})
        visitor.cookies.clear()

        assert (path, leads_to(already_in), leads_to(signed_in)) == (path, "/app/", "/app/")
        assert len(next_in(form)) == 1, "only the switch of languages has one"


async def test_a_page_below_the_prefix_is_reached_after_signing_in(
    visitor: httpx.AsyncClient,
) -> None:
    for path in ("/app", *(PREFIX + own for own in OWN if len(own) < 500)):
        signed_in = await visitor.post("/app/login", data={"name": "Ada", "next": path})

        assert leads_to(signed_in) == path


@pytest.mark.parametrize("path", ["/app/login", "/app/login?next=/app/user", "/app/nothing?a=1"])
async def test_the_switch_of_languages_leads_back_to_its_page(
    visitor: httpx.AsyncClient, path: str
) -> None:
    page = await visitor.get(path)

    switched = await visitor.post(
        "/app/language", data={"language": "fr", "next": next_in(page)[-1]}
    )

    assert leads_to(switched) == path
    assert 'lang="fr"' in (await visitor.get(path)).text


@pytest.mark.parametrize("back", ["/app/logout", "/app/language", "/user", "//evil", ""])
async def test_the_switch_of_languages_leads_home_from_a_page_that_acts(
    visitor: httpx.AsyncClient, back: str
) -> None:
    switched = await visitor.post("/app/language", data={"language": "fr", "next": back})

    assert leads_to(switched) == "/app/"


async def test_the_server_is_watched_below_the_prefix_too(visitor: httpx.AsyncClient) -> None:
    answers = [await visitor.get(path) for path in ("/app/healthz", "/app/readyz")]

    assert [answer.text for answer in answers] == ["alive\n", "ready\n"]


@pytest.mark.parametrize(
    ("root", "as_address"),
    [
        *[("/app/", "/app"), ("app", "/app"), ("/", ""), ("//evil", "/evil"), ("/a/b", "/a/b")],
        *[("/a b", "/a%20b"), ("/é", "/%C3%A9"), ("/\\evil", "/%5Cevil"), ("/@ada", "/@ada")],
        ('/"><script>', "/%22%3E%3Cscript%3E"),
    ],
)
async def test_a_prefix_may_be_written_in_any_way(app: Quart, root: str, as_address: str) -> None:
    user = await ask(app, "/user", root_path=root)
    form = await ask(app, user.get("location").removeprefix(as_address), root_path=root)

    assert user.get("location") == f"{as_address}/login?next={quote(as_address)}/user"
    assert f'action="{as_address}/login"' in form.text
    assert f'name="next" value="{as_address}/user"' in form.text


async def test_a_path_that_is_none_is_refused_below_a_prefix(app: Quart) -> None:
    assert (await ask(app, "*", root_path=PREFIX)).status == 400


async def test_hypercorn_mounts_the_application(app: Quart) -> None:
    mounted: Any = DispatcherMiddleware({PREFIX: cast(Any, app)})

    home = await ask(mounted, "/app/")
    ready = await ask(mounted, "/app/readyz")

    assert (home.get("location"), ready.status) == ("/app/login", 200)
