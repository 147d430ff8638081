"""Who is turned away leaves the connection as it was, whichever server has it: proxies send many
people's requests over one."""

from __future__ import annotations

import socket
import time
from http.client import HTTPResponse
from pathlib import Path

import pytest

from tests.kit.processes import Program
from tests.kit.servers import SERVERS, configured

APP = "tests.serving.programs.full:app"
COMMANDS = {
    "quart-app": ("quart_app", "serve", "--bind", "127.0.0.1:0"),
    **{name: SERVERS[name] for name in ("hypercorn", "uvicorn", "granian")},
}
BODY = b"name=ada&password=correct+horse+battery+staple"
HEAD = (
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" % len(BODY)
)
TIMES = 10
BETWEEN_SECONDS = 0.005  # in which a server takes up the first of two


@pytest.mark.parametrize("server", COMMANDS)
def test_it_is_there_for_the_next_request(server: str, tmp_path: Path) -> None:
    environment = configured({"DATA_DIR": str(tmp_path)})
    with Program.running(*COMMANDS[server], APP, environment=environment) as program:
        program.answers()
        with socket.create_connection(("127.0.0.1", program.port), timeout=10) as client:
            for _ in range(TIMES):
                client.sendall(HEAD)
                time.sleep(BETWEEN_SECONDS)
                client.sendall(BODY)
                answer = HTTPResponse(client)
                answer.begin()

                assert answer.status == 503
                assert b'value="ada"' in answer.read()
