"""The same application under every ASGI server, each run as its users run it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.kit.polling import until
from tests.kit.processes import Program
from tests.kit.servers import SERVERS, serving

TWO_WORKERS = [name for name in SERVERS if "two workers" in name]
TROUBLE = ("Traceback", "never retrieved", "was destroyed", "ResourceWarning", "ERROR")


def seen_with(cookies: httpx.Cookies, program: Program) -> dict[str, Any]:
    """What a page shows to whoever sends these cookies, over a new connection."""
    with program.client(cookies) as client:
        answer: dict[str, Any] = client.get("/").json()
        return answer


def wait_until_all_workers_say(
    name: str | None, cookies: httpx.Cookies, *, server: str, program: Program
) -> None:
    """Returns when each worker answered at least once; every answer must name the same visitor."""
    pids: set[int] = set()

    def all_answered() -> bool:
        answer = seen_with(cookies, program)
        assert answer["name"] == name
        pids.add(answer["pid"])
        return len(pids) == (2 if server in TWO_WORKERS else 1)

    until(all_answered)


@pytest.mark.parametrize("server", SERVERS)
def test_a_session_lives_and_ends_in_all_workers_and_the_server_stops_cleanly(
    server: str, tmp_path: Path
) -> None:
    config = {"SESSION_FILE_DIR": str(tmp_path / "sessions")}
    with serving(server, config=config) as program, program.client() as browser:
        browser.post("/login", data={"name": "ada"})
        browser.post("/notes", data={"note": "one"})
        browser.post("/notes", data={"note": "two"})
        cookies = httpx.Cookies(browser.cookies)
        wait_until_all_workers_say("ada", cookies, server=server, program=program)
        signed_in = browser.get("/").json()
        answer = browser.post("/logout")
        wait_until_all_workers_say(None, cookies, server=server, program=program)
        signed_out = seen_with(cookies, program)

        exit_code, _ = program.stopped()

        assert (signed_in["name"], signed_in["notes"]) == ("ada", ["one", "two"])
        assert "Max-Age=0" in answer.headers["Set-Cookie"]
        assert not browser.cookies
        assert (signed_out["name"], signed_out["notes"]) == (None, [])
        # uvicorn ends itself by the very signal it was sent, for whoever looks at the exit code.
        assert exit_code in (0, -15)
        assert not [word for word in TROUBLE if word in program.said], program.said


def test_two_servers_on_one_directory_agree_on_every_step(tmp_path: Path) -> None:
    config = {"SESSION_FILE_DIR": str(tmp_path / "sessions")}
    with (
        serving("hypercorn", config=config) as one,
        serving("uvicorn", config=config) as other,
        one.client() as browser,
    ):
        browser.post("/login", data={"name": "ada"})
        browser.post(f"{other.url}/notes", data={"note": "from the other"})
        browser.post("/notes", data={"note": "from the one"})
        cookies = httpx.Cookies(browser.cookies)
        seen = seen_with(cookies, other)
        browser.post(f"{other.url}/logout")
        seen_after = seen_with(cookies, one)

    assert seen["notes"] == ["from the other", "from the one"]
    assert (seen_after["name"], seen_after["notes"]) == (None, [])
