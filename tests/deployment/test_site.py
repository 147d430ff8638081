"""The login pages as the examples set them up: the unit's service behind nginx or Caddy."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.deployment.proxies import PROXIES, Proxy, nginx
from tests.deployment.service import Service
from tests.kit.processes import free_port

LONGEST_BODY = 64 * 1024
BURST = 10


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The unit's service."""
    with Service.running(tmp_path_factory.mktemp("service")) as login:
        yield login


@pytest.fixture(scope="module", params=PROXIES)
def site(
    request: pytest.FixtureRequest,
    login: Service,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxy]:
    """A proxy in front of it."""
    with PROXIES[request.param](login.port, tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy


def from_its_own_page(site: Proxy) -> dict[str, str]:
    return {"Origin": site.url, "Sec-Fetch-Site": "same-origin"}


def test_somebody_signs_in_and_out(site: Proxy) -> None:
    with site.client() as browser:
        form = browser.get("/login")
        signed_in = browser.post("/login", data={"name": "Ada"}, headers=from_its_own_page(site))
        page = browser.get("/user")
        button = dict(re.findall(r'name="?(\w+)"? value="?([^">]+)', page.text))
        browser.post("/logout", data=button, headers=from_its_own_page(site))
        after = browser.get("/user")

    assert form.status_code == 200
    assert signed_in.status_code == 303
    assert signed_in.headers["set-cookie"].startswith("__Host-session=")
    assert "; Secure;" in signed_in.headers["set-cookie"]
    assert "strict-transport-security" in page.headers
    assert "Ada" in page.text
    assert after.status_code == 302


def test_another_site_does_not_sign_anybody_in(site: Proxy) -> None:
    with site.client() as browser:
        answer = browser.post(
            "/login", data={"name": "Eve"}, headers={"Origin": "https://evil.example"}
        )

    assert answer.status_code == 403


def test_a_body_that_is_too_long_is_refused(site: Proxy) -> None:
    form = {"name": "x" * (LONGEST_BODY + 1)}
    with site.client() as browser:
        answer = browser.post("/login", data=form, headers=from_its_own_page(site))

    assert answer.status_code == 413


def test_reloading_the_service_fails_no_request(login: Service, tmp_path: Path) -> None:
    answers: Counter[int] = Counter()
    with nginx(login.port, tmp_path) as site, site.client() as browser:
        login.reload()
        while login.said() != "READY=1":
            answers[browser.get("/login").status_code] += 1

    assert answers.keys() == {200}


def test_nginx_sends_plain_http_to_https(login: Service, tmp_path: Path) -> None:
    with nginx(login.port, tmp_path) as site:
        answer = httpx.get(f"http://localhost:{site.plain_port}/user?x=1")

    assert answer.status_code == 301
    assert answer.headers["location"] == "https://localhost/user?x=1"


def test_nginx_limits_attempts_to_sign_in_and_nothing_else(login: Service, tmp_path: Path) -> None:
    with nginx(login.port, tmp_path) as site:

        def attempt(browser: httpx.Client) -> int:
            headers = from_its_own_page(site)
            return browser.post("/login", data={"name": "Ada"}, headers=headers).status_code

        with site.client() as guesser:
            attempts = [attempt(guesser) for _ in range(BURST + 3)]
            looks = [guesser.get("/login").status_code for _ in range(BURST + 3)]
        with site.client(address="127.0.0.3") as somebody_else:
            at_another_address = attempt(somebody_else)

    assert attempts[: BURST + 1] == [303] * (BURST + 1)
    assert attempts[-1] == 429
    assert 429 not in looks
    assert at_another_address == 303


@pytest.mark.parametrize(
    ("language", "words"),
    [("en-GB,en;q=0.9", "That was too often"), ("fr-CA,en;q=0.5", "trop souvent")],
)
def test_what_nginx_says_by_itself_is_in_our_looks(
    login: Service, tmp_path: Path, language: str, words: str
) -> None:
    with nginx(login.port, tmp_path) as site, site.client() as guesser:
        headers = {**from_its_own_page(site), "Accept-Language": language}
        while True:
            answer = guesser.post("/login", data={"name": "Ada"}, headers=headers)
            if answer.status_code == 429:
                break

    assert words in html.unescape(answer.text)
    assert "<style>" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_without_a_server_nginx_says_so_in_our_looks(tmp_path: Path) -> None:
    with nginx(free_port(), tmp_path) as site, site.client() as visitor:
        answer = visitor.get("/login")
        by_its_address = visitor.get("/quart-app-errors/503.en.html")

    assert answer.status_code == 502
    assert "We cannot serve you right now" in answer.text
    # Nothing in it is asked of the server, which is not there.
    assert not re.search(r"""(?:src|action)="?/|<script|<link""", answer.text)
    assert by_its_address.status_code == 404
