"""From the form to the greeting and out again, with the clients that people have."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from quart import Quart

from tests.web.serving import Site, served


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """On files, as it is without any setting."""
    with served(tmp_path_factory.mktemp("site"), env={}) as site:
        yield site


@pytest.fixture
def curl(tmp_path: Path) -> Path:
    """A cookie jar for curl, where there is one."""
    if shutil.which("curl") is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("no curl here: apt-get install curl")
    return tmp_path / "jar"


def test_with_curl_and_its_cookie_jar(site: Site, curl: Path) -> None:
    def go(path: str, *options: str) -> str:
        keeping = ("--cookie", str(curl), "--cookie-jar", str(curl))
        command = ["curl", "-sS", "--fail", "--location", *keeping, *options, site.url + path]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    at_first = go("/")
    logged_in = go("/login", "--data", "name=Ada")
    kept = curl.read_text()
    refreshed = go("/user")
    in_french = go("/", "--header", "Accept-Language: fr")
    logged_out = go("/logout")
    # curl leaves its jar as it was when no cookie is left: so this sends the old one.
    replayed = go("/")

    assert 'placeholder="Name"' in at_first
    assert "You are logged in as <bdi>Ada</bdi>." in logged_in
    assert "\tsession\t" in kept
    assert "<bdi>Ada</bdi></h1>" in refreshed
    assert "Vous êtes connecté en tant que <bdi>Ada</bdi>." in in_french
    assert 'placeholder="Name"' in logged_out
    assert 'placeholder="Name"' in replayed


def test_with_httpx(site: Site) -> None:
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

    assert 'placeholder="Name"' in await at_first.get_data(as_text=True)
    assert "You are logged in as <bdi>Ada</bdi>." in await logged_in.get_data(as_text=True)
    assert owner == "Ada"
    assert 'placeholder="Name"' in await logged_out.get_data(as_text=True)


def test_with_a_server_between_nothing_is_lost_and_nothing_is_added(site: Site) -> None:
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


def test_what_was_typed_is_in_no_log_and_the_key_is_closed_to_others(site: Site) -> None:
    httpx.post(f"{site.url}/login", data={"name": "Lovelace"})
    httpx.post(f"{site.url}/login", data={"name": "Lovelace" * 20})

    key = site.log.parent / "data" / "secret_key"
    assert "Lovelace" not in site.log.read_text()
    assert "Traceback" not in site.log.read_text()
    assert key.stat().st_mode & 0o777 == 0o600
