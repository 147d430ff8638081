"""From the form to the greeting and out again, with the clients that people have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from quart import Quart

from tests.kit.curl import Curl
from tests.kit.processes import Program
from tests.kit.servers import login_pages


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Program]:
    """On files, as it is without any setting."""
    with login_pages(folder) as site:
        yield site


def test_with_curl_and_its_cookie_jar(site: Program, tmp_path: Path) -> None:
    curl = Curl(site.url, jar=tmp_path / "jar")

    at_first = curl.get("/")
    logged_in = curl.get("/login", "--data", "name=Ada")
    kept = curl.jar.read_text()
    refreshed = curl.get("/user")
    in_french = curl.get("/", "--header", "Accept-Language: fr")
    logged_out = curl.get("/logout")
    # curl leaves its jar as it was when no cookie is left: so this sends the old one.
    replayed = curl.get("/")

    assert '<label for="name">Name</label>' in at_first
    assert "You are logged in as <bdi>Ada</bdi>." in logged_in
    assert "\tsession\t" in kept
    assert "<bdi>Ada</bdi></h1>" in refreshed
    assert "Vous êtes connecté en tant que <bdi>Ada</bdi>." in in_french
    assert '<label for="name">Name</label>' in logged_out
    assert '<label for="name">Name</label>' in replayed


def test_with_httpx(site: Program) -> None:
    with httpx.Client(base_url=site.url, follow_redirects=True) as client:
        at_first = client.get("/")
        logged_in = client.post("/login", data={"name": "Łukasz"})
        refreshed = client.get("/user")
        copy = httpx.Cookies(client.cookies)
        logged_out = client.post("/logout")
    with httpx.Client(base_url=site.url, follow_redirects=True, cookies=copy) as thief:
        replayed = thief.get("/")

    assert at_first.url.path == "/login"
    assert "You are logged in as <bdi>Łukasz</bdi>." in logged_in.text
    assert "<bdi>Łukasz</bdi></h1>" in refreshed.text
    assert logged_out.url.path == replayed.url.path == "/login"


async def test_with_quarts_own_test_client(app: Quart) -> None:
    client = app.test_client()

    at_first = await client.get("/", follow_redirects=True)
    logged_in = await client.post("/login", form={"name": "Ada"}, follow_redirects=True)
    async with client.session_transaction() as session:
        owner = session["name"]
    logged_out = await client.get("/logout", follow_redirects=True)

    assert '<label for="name">Name</label>' in await at_first.get_data(as_text=True)
    assert "You are logged in as <bdi>Ada</bdi>." in await logged_in.get_data(as_text=True)
    assert owner == "Ada"
    assert '<label for="name">Name</label>' in await logged_out.get_data(as_text=True)


def test_with_a_server_between_nothing_is_lost_and_nothing_is_added(site: Program) -> None:
    page = httpx.get(f"{site.url}/login")
    head = httpx.head(f"{site.url}/login")
    too_large = httpx.post(
        f"{site.url}/login",
        content=(b"x" * 1000 for _ in range(100)),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    not_found = httpx.get(f"{site.url}/user%0aforged%00")

    assert page.headers["x-frame-options"] == "DENY"
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == page.headers["content-length"]
    assert too_large.status_code == 413
    assert not_found.status_code == 400


def test_what_was_typed_is_in_no_log_and_the_key_is_closed_to_others(
    site: Program, folder: Path
) -> None:
    httpx.post(f"{site.url}/login", data={"name": "Lovelace"})
    httpx.post(f"{site.url}/login", data={"name": "Lovelace" * 20})

    assert "Lovelace" not in site.said
    assert "Traceback" not in site.said
    assert (folder / "data" / "secret_key").stat().st_mode & 0o777 == 0o600
