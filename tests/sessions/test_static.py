"""Static files have no session: a page with thirty of them costs one store call, not thirty-one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from quart import Blueprint, Quart, Response, redirect, request, session

from quart_app.sessions import Session
from tests.sessions.browser import CountingStore

CSS = "body {}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "sub").mkdir(parents=True)
    (folder / "style.css").write_text(CSS)
    (folder / "sub" / "deep.css").write_text(CSS)
    return folder


def make_static_app(
    store: CountingStore, folder: Path, *, url_path: str | None = None, **config: Any
) -> Quart:
    app = Quart(__name__, static_folder=str(folder), static_url_path=url_path)
    app.config.update(config)
    blueprint = Blueprint(
        "shop", __name__, url_prefix="/shop", static_folder=str(folder), static_url_path="/files"
    )
    app.register_blueprint(blueprint)
    Session(app, store=store)

    @app.route("/")
    async def page() -> dict[str, Any]:
        session["visits"] = session.get("visits", 0) + 1
        return dict(session)

    @app.route("/static-looking")
    async def looking() -> dict[str, Any]:
        return dict(session)

    return app


async def visitor(app: Quart, store: CountingStore) -> Any:
    """Somebody with a session, in a count that starts now."""
    client = app.test_client()
    await client.get("/")
    await client.get("/")
    store.calls.clear()
    return client


def says_nothing_of_sessions(response: Response) -> bool:
    return "Set-Cookie" not in response.headers and "Cookie" not in response.vary


STATIC = {
    "application": (None, "/static/style.css"),
    "in a folder": (None, "/static/sub/deep.css"),
    "blueprint": (None, "/shop/files/style.css"),
    "another path": ("/assets", "/assets/style.css"),
    "at the root": ("", "/style.css"),
    "at the root, in a folder": ("", "/sub/deep.css"),
}


@pytest.mark.parametrize(("url_path", "url"), STATIC.values(), ids=STATIC.keys())
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_static_file_asks_nothing_of_the_store(
    store: CountingStore, folder: Path, url_path: str | None, url: str, method: str
) -> None:
    client = await visitor(make_static_app(store, folder, url_path=url_path), store)

    response = await client.open(url, method=method)

    assert response.status_code == 200
    assert store.calls == []
    assert says_nothing_of_sessions(response)


async def test_neither_does_one_that_is_missing(store: CountingStore, folder: Path) -> None:
    client = await visitor(make_static_app(store, folder), store)

    response = await client.get("/static/missing.css")

    assert response.status_code == 404
    assert store.calls == []


@pytest.mark.parametrize("url_path", [None, "", "/assets"])
@pytest.mark.parametrize("url", ["/", "/static-looking"])
async def test_a_page_has_its_session_wherever_static_files_lie(
    store: CountingStore, folder: Path, url_path: str | None, url: str
) -> None:
    client = await visitor(make_static_app(store, folder, url_path=url_path), store)

    response = await client.get(url)

    assert (await response.get_json())["visits"] >= 1
    assert "find" in store.calls


async def test_a_hook_that_looks_and_writes_at_a_static_file_does_no_harm(
    store: CountingStore, folder: Path
) -> None:
    app = make_static_app(store, folder, SESSION_STATIC_FILE=False)
    seen: list[Any] = []

    @app.before_request
    async def hook() -> None:
        seen.append(dict(session))
        session["hooked"] = True

    client = await visitor(app, store)
    response = await client.get("/static/style.css")

    assert await response.get_data(as_text=True) == CSS
    assert seen[-1] == {}
    assert store.calls == []
    assert says_nothing_of_sessions(response)


async def test_static_files_can_be_given_sessions(store: CountingStore, folder: Path) -> None:
    app = make_static_app(store, folder, SESSION_STATIC_FILE=True)
    seen: list[Any] = []
    app.before_request(lambda: seen.append(dict(session)))
    client = await visitor(app, store)

    response = await client.get("/static/style.css")

    assert seen[-1] == {"visits": 2}
    assert store.calls == ["find"]
    assert "Cookie" in response.vary


async def test_an_application_without_static_files_is_fine(store: CountingStore) -> None:
    app = Quart(__name__, static_folder=None)
    Session(app, store=store)

    @app.route("/")
    async def page() -> str:
        session["x"] = 1
        return ""

    assert (await app.test_client().get("/")).status_code == 200
    assert store.calls == ["create"]


@pytest.mark.parametrize("of", ["application", "blueprint"])
async def test_a_guard_before_every_request_lets_style_sheets_pass_for_who_is_signed_in(
    store: CountingStore, folder: Path, of: str
) -> None:
    app = make_static_app(store, folder)
    url = "/static/style.css" if of == "application" else "/shop/files/style.css"

    async def guard() -> Any:
        return None if "visits" in session or request.path == "/" else redirect("/")

    if of == "application":
        app.before_request(guard)
    else:
        app.before_request_funcs.setdefault("shop", []).append(guard)
    client = await visitor(app, store)

    signed_in = await client.get(url)
    nobody = await app.test_client().get(url)

    assert await signed_in.get_data(as_text=True) == CSS
    assert nobody.status_code == 302
