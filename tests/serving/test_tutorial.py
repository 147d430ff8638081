"""A tutorial's program, run the way its reader runs it, with our line in place of the other one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.kit.curl import Curl
from tests.kit.processes import Program

TUTORIAL = Path(__file__).parent / "programs" / "tutorial"
RUNS = {
    "hypercorn": ("hypercorn", "--bind", "127.0.0.1:{port}", "app:app"),
    "quart run": ("quart", "--app", "app", "run", "--port", "{port}"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reader's own copy."""
    return Path(shutil.copytree(TUTORIAL, tmp_path_factory.mktemp("reader") / "login"))


@pytest.fixture(scope="module", params=RUNS.values(), ids=list(RUNS))
def tutorial(request: pytest.FixtureRequest, folder: Path) -> Iterator[Program]:
    with Program.running(*request.param, cwd=folder) as program:
        program.answers()
        yield program


def test_somebody_logs_in_and_out_again(tutorial: Program) -> None:
    with httpx.Client(base_url=tutorial.url, follow_redirects=True) as browser:
        at_first = browser.get("/")
        logged_in = browser.post("/login", data={"name": "Ada & Co"})
        copy = httpx.Cookies(browser.cookies)
        logged_out = browser.get("/logout")
    with httpx.Client(base_url=tutorial.url, follow_redirects=True, cookies=copy) as thief:
        replayed = thief.get("/")

    assert at_first.url.path == "/login"
    assert 'placeholder="Name"' in at_first.text
    assert "You are logged in as Ada &amp; Co." in logged_in.text
    assert logged_out.url.path == "/login"
    assert replayed.url.path == "/login"


def test_two_people_do_not_see_each_other(tutorial: Program) -> None:
    with (
        httpx.Client(base_url=tutorial.url, follow_redirects=True) as one,
        httpx.Client(base_url=tutorial.url, follow_redirects=True) as other,
    ):
        one.post("/login", data={"name": "ada"})
        other.post("/login", data={"name": "grace"})
        one.get("/logout")

        assert one.get("/").url.path == "/login"
        assert "logged in as grace." in other.get("/").text


def test_the_walk_works_with_curl_and_its_cookie_jar(tutorial: Program, tmp_path: Path) -> None:
    curl = Curl(tutorial.url, jar=tmp_path / "jar")

    logged_in = curl.get("/login", "--data", "name=ada")
    kept = curl.jar.read_text(encoding="utf-8")
    later = curl.get("/")
    logged_out = curl.get("/logout")
    # curl leaves its jar as it was when no cookie is left, so this sends the old one.
    replayed = curl.get("/")

    assert "logged in as ada." in logged_in
    assert "logged in as ada." in later
    assert "session" in kept
    assert 'placeholder="Name"' in logged_out
    assert 'placeholder="Name"' in replayed


def test_the_sessions_lie_in_the_instance_folder_closed_to_others(
    tutorial: Program, folder: Path
) -> None:
    httpx.post(f"{tutorial.url}/login", data={"name": "ada"})

    sessions = folder / "instance" / "sessions"

    records = [path for path in sessions.rglob("*") if path.is_file()]
    assert records
    assert {path.stat().st_mode & 0o777 for path in records} == {0o600}
    assert sessions.stat().st_mode & 0o777 == 0o700
