"""The gateway, behind a real nginx."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.examples.test_login_examples import PASSWORD
from tests.kit.nginx import nginx
from tests.kit.processes import Program, free_port

SITE = Path(__file__).parent / "gateway/site.conf"
WANTED = "/reports?from=a%26b&to=c"
LIE = {"X-Account": "root"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where nginx is asked, behind which is what tells how it was asked."""
    folder = tmp_path_factory.mktemp("gateway")
    serve = ("quart_app", "serve", "tests.examples.gateway:app", "--bind", "127.0.0.1:{port}")
    with (
        Program.running("tests.deployment.programs.mirror") as behind,
        Program.running(*serve, environment={"QUART_DATA_DIR": str(folder / "data")}) as gateway,
    ):
        gateway.listens()
        text, port = SITE.read_text(), free_port()
        for before, after in (
            ("listen 80;", f"listen 127.0.0.1:{port};"),
            ("127.0.0.1:9000", f"127.0.0.1:{behind.port}"),
            ("127.0.0.1:8000", f"127.0.0.1:{gateway.port}"),
        ):
            assert before in text
            text = text.replace(before, after)
        with nginx(text, folder, port=port):
            yield f"http://127.0.0.1:{port}"


@pytest.fixture
def visitor(site: str) -> Iterator[httpx.Client]:
    """Somebody in front of it."""
    with httpx.Client(base_url=site, timeout=10) as visitor:
        yield visitor


def sign_in(visitor: httpx.Client, at: httpx.Response) -> httpx.Response:
    """Fill in the form that this leads to."""
    form = visitor.get(at.headers["location"]).text
    (wanted,) = re.findall(r'action="/account/login".*?name="next" value="(.*?)"', form, re.DOTALL)
    fields = {"name": "ada", "password": PASSWORD, "next": html.unescape(wanted)}
    return visitor.post("/account/login", data=fields)


def test_who_is_not_signed_in_is_sent_to_log_in_and_comes_back(visitor: httpx.Client) -> None:
    refused = visitor.get(WANTED, headers=LIE)
    back = sign_in(visitor, refused)
    seen = visitor.get(back.headers["location"], headers=LIE)

    assert (refused.status_code, back.status_code) == (303, 303)
    assert back.headers["location"] == WANTED
    told = [value for name, value in seen.json()["headers"] if name == "x-account"]
    assert told == ["ada"]


def test_who_signs_out_sees_no_more(visitor: httpx.Client) -> None:
    back = sign_in(visitor, visitor.get(WANTED))
    visitor.get("/account/logout")
    after = visitor.get(back.headers["location"])

    assert after.status_code == 303
    assert after.headers["location"].startswith("/account/login?")


def test_nobody_asks_in_nginxs_place(visitor: httpx.Client) -> None:
    asked = visitor.get("/allowed", headers={"X-Wanted": "/"})

    assert asked.status_code == 404


def test_what_is_sent_reaches_only_what_lies_behind(visitor: httpx.Client) -> None:
    sign_in(visitor, visitor.get(WANTED))

    seen = visitor.post("/reports", content=b"x" * 1000)

    assert seen.json()["length"] == 1000
