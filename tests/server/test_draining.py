"""A server that is to stop lets load balancers look away first, then ends what is under way."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from tests.kit.polling import until
from tests.kit.processes import Program, listens
from tests.server import peers

DELAY_SECONDS = 1.0
LIMIT_SECONDS = 5.0
FORM = b"name=Ada"


def half_a_login(program: Program) -> socket.socket:
    client = peers.connected(program)
    head = (
        "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n"
    )
    client.sendall(head.encode())
    # It is asked for, so the handler has begun.
    peers.read_until(client, b"100 ")
    return client


@pytest.mark.parametrize("workers", [1, 2])
def test_it_is_not_ready_while_it_still_serves_and_then_refuses(
    workers: int, tmp_path: Path
) -> None:
    options = ("--bind", "127.0.0.1:0", "--data-dir", str(tmp_path), "--workers", str(workers))
    environment = {"QUART_SHUTDOWN_DELAY": str(DELAY_SECONDS)}
    with Program.running("quart_app", "serve", *options, environment=environment) as program:
        port = program.port
        site = f"http://127.0.0.1:{port}"
        before = httpx.get(f"{site}/readyz")
        with half_a_login(program) as client:
            began = time.monotonic()
            program.process.send_signal(signal.SIGTERM)
            program.complains("stopping")
            until(lambda: httpx.get(f"{site}/readyz").status_code == 503)
            page = httpx.get(f"{site}/login")
            until(lambda: not listens(port), within=LIMIT_SECONDS)
            accepted_seconds = time.monotonic() - began
            client.sendall(FORM)
            answer = peers.everything_from(client)
        status = program.ended(within=LIMIT_SECONDS)

    assert before.status_code == 200
    assert page.status_code == 200
    assert accepted_seconds >= DELAY_SECONDS
    assert answer.startswith(b"HTTP/1.1 303 ")
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert status == 0


def test_requests_on_connections_of_before_are_told_too() -> None:
    with Program.running("tests.server.programs.everything", "0.3", "fastest", "60") as program:
        with httpx.Client(base_url=program.url) as client:
            before = client.get("/draining").text
            program.process.send_signal(signal.SIGTERM)
            until(lambda: client.get("/draining").text != before)
            after = client.get("/draining").text
        # A second signal does not wait for the delay.
        until(lambda: program.ends_by(signal.SIGTERM))

    assert (before, after) == ("False", "True")
