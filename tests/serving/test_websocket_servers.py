"""Sessions in websockets under real servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.kit.processes import Program
from tests.kit.servers import serving


def desk(program: Program, *, token: str) -> ClientConnection:
    url = program.url.replace("http", "ws", 1) + "/desk"
    return connect(url, additional_headers={"Cookie": f"session={token}"}, open_timeout=5)


def order(connection: ClientConnection, *words: Any) -> Any:
    connection.send(json.dumps(words))
    return json.loads(connection.recv(timeout=5))


@pytest.mark.parametrize("server", ["hypercorn", "uvicorn", "granian"])
def test_a_websocket_changes_the_session_and_finds_it_gone_after_the_sign_out(
    server: str, tmp_path: Path
) -> None:
    config = {"SESSION_FILE_DIR": str(tmp_path / "sessions")}
    with serving(server, config=config) as program, program.client() as browser:
        browser.post("/login", data={"name": "ada"})
        with desk(program, token=browser.cookies["session"]) as connection:
            shown = order(connection, "show")
            order(connection, "set", "notes", ["from the socket"])
            order(connection, "save")
            seen = browser.get("/").json()
            browser.post("/logout")
            order(connection, "set", "notes", ["too late"])
            held = order(connection, "save")
        seen_after = browser.get("/").json()

    assert shown == {"name": "ada"}
    assert seen["notes"] == ["from the socket"]
    assert held == {}
    assert (seen_after["name"], seen_after["notes"]) == (None, [])
