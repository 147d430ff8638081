"""A server listens at several places, and at those that it is passed; over reloads too."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from quart_app.server.connections.per_address import Guests
from tests.kit.polling import until
from tests.kit.processes import PYTHON, Program, free_port, listens
from tests.kit.programs import needed
from tests.server.several import children

SERVE = ("quart_app", "serve")
WORKERS = {"alone": (), "two workers": ("--workers", "2")}


@contextmanager
def serving(
    folder: Path, *words: str, environment: dict[str, str] | None = None
) -> Iterator[Program]:
    with Program.running(
        *words, "--data-dir", str(folder / "data"), environment=environment
    ) as program:
        assert program.port
        yield program


def through(path: Path) -> httpx.Client:
    return httpx.Client(
        transport=httpx.HTTPTransport(uds=str(path)), base_url="http://localhost", timeout=20
    )


def answers(path: Path, program: Program) -> None:
    """At the socket and at the port."""
    with through(path) as beside, program.client() as client:
        assert beside.get("/login").status_code == 200
        assert client.get("/login").status_code == 200


def reload(program: Program) -> None:
    if children(program.process.pid):
        program.process.send_signal(signal.SIGHUP)
        program.complains("workers replaced")


@pytest.mark.parametrize("workers", WORKERS)
def test_it_listens_at_all_places(workers: str, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    binds = ("--bind", f"unix:{path}", "--bind", "127.0.0.1:0")
    with serving(tmp_path, *SERVE, *binds, *WORKERS[workers]) as program:
        answers(path, program)
        reload(program)
        answers(path, program)
        status, _ = program.stopped()

    assert f" on unix:{path}, http://127.0.0.1:" in program.out
    assert status == 0
    assert not path.exists()
    assert "Traceback" not in program.err


def test_a_proxy_at_a_socket_is_believed_where_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    binds = ("--bind", f"unix:{path}", "--bind", "127.0.0.1:0")
    trust = {"QUART_TRUSTED_PROXIES": "unix"}
    over_tls = {"X-Forwarded-Proto": "https"}
    with (
        serving(tmp_path, *SERVE, *binds, environment=trust) as program,
        through(path) as proxy,
        program.client() as outsider,
    ):
        answers = [client.get("/login", headers=over_tls) for client in (proxy, outsider)]

    told = ["strict-transport-security" in answer.headers for answer in answers]
    assert told == [True, False]


def test_clients_of_a_socket_are_not_taken_for_one_address(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    binds = ("--bind", f"unix:{path}", "--bind", "127.0.0.1:0")
    limit = {"QUART_CONNECTIONS_PER_ADDRESS": "1"}
    with serving(tmp_path, *SERVE, *binds, environment=limit), ExitStack() as clients:
        for _ in range(3):
            client = clients.enter_context(through(path))
            assert client.get("/healthz").status_code == 200


def test_clients_of_a_socket_for_both_kinds_of_addresses_are_told_apart() -> None:
    guests = Guests(1)

    first, same, other = (
        guests.admit(number, f"::ffff:192.0.2.{last}") for number, last in enumerate((1, 1, 2))
    )

    assert (first, same, other) == (True, False, True)


def activated(places: str, folder: Path) -> tuple[str, ...]:
    return ("tests.server.programs.activating", str(folder), places, *SERVE)


@pytest.mark.parametrize("workers", WORKERS)
def test_sockets_that_systemd_passes_take_the_place_of_addresses(
    workers: str, tmp_path: Path
) -> None:
    unused, path = free_port(), tmp_path / "socket"
    words = (*activated("127.0.0.1:0,./socket", tmp_path), "--bind", f"127.0.0.1:{unused}")
    with serving(tmp_path, *words, *WORKERS[workers]) as program:
        answers(path, program)
        reload(program)
        answers(path, program)
        assert not listens(unused)
        for pid in children(program.process.pid):
            assert b"LISTEN_" not in Path(f"/proc/{pid}/environ").read_bytes()
        status, _ = program.stopped()

    assert status == 0
    assert path.is_socket(), "systemd removes it"


@pytest.mark.parametrize(
    ("place", "status", "line"),
    [
        ("0.0.0.0:0", 2, "can be reached from other machines"),
        ("127.0.0.1:0,deaf", 1, "name-1, which systemd has passed, waits for no connections"),
    ],
)
def test_a_socket_that_must_not_be_is_one_line(
    place: str, status: int, line: str, tmp_path: Path
) -> None:
    with Program.running(*activated(place, tmp_path)) as program:
        assert program.ended() == status

    assert line in program.err
    assert program.err.count("\n") == 1


def test_sockets_that_were_meant_for_another_process_are_not_taken(tmp_path: Path) -> None:
    port = free_port()
    other = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}

    with serving(tmp_path, *SERVE, "--bind", f"127.0.0.1:{port}", environment=other) as program:
        assert program.port == port


def test_systemd_starts_it_when_the_first_client_comes(tmp_path: Path) -> None:
    activate = needed("systemd-socket-activate", package="systemd")
    port = free_port()
    by = (activate, "--listen", f"127.0.0.1:{port}", "--setenv=PYTHONPATH", *PYTHON)
    with Program.running(*SERVE, "--data-dir", str(tmp_path / "data"), by=by) as program:
        until(lambda: listens(port))
        page = httpx.get(f"http://127.0.0.1:{port}/login", timeout=20)
        status, _ = program.stopped()

    assert page.status_code == 200
    assert f" on http://127.0.0.1:{port} " in program.out
    assert status == 0
