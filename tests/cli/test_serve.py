"""`quart-app serve` starts, answers and stops as a real process; or says why not in one line."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Command
from tests.kit.polling import PATIENCE_SECONDS, until
from tests.kit.processes import ROOT, Program, free_port, listens


def serving(folder: Path, *args: str) -> AbstractContextManager[Program]:
    data = str(folder / "data")
    return Program.running("quart_app", "serve", "--data-dir", data, *args)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with serving(tmp_path, "--bind", "127.0.0.1:0") as program:
        yield program


def test_it_says_where_it_is_answers_there_and_stops(program: Program, tmp_path: Path) -> None:
    url = program.url

    page = httpx.get(f"{url}/login")
    by_another_name = httpx.get(url, headers={"Host": "rebound.example"})
    status, seconds = program.stopped(signal.SIGINT)

    start, kept, answers = program.out.splitlines()
    assert re.fullmatch(rf"quart-app \d\S+ on {url} \(Ctrl-C stops it\)", start)
    assert kept == f"sessions are kept in files under {tmp_path / 'data' / 'sessions'}"
    assert answers.startswith("answers to localhost, 127.0.0.1, [::1] only")
    assert page.status_code == 200
    assert "server" not in page.headers
    assert by_another_name.status_code == 421
    assert status == 0
    assert seconds < 5
    assert "Traceback" not in program.err


def test_a_start_that_makes_the_accounts_database_logs_nothing_of_it(
    tmp_path: Path,
) -> None:
    settings = {"QUART_LOGIN_MODE": "password", "QUART_DATA_DIR": str(tmp_path)}
    serve = ("quart_app", "serve", "--bind", "127.0.0.1:0")

    with Program.running(*serve, environment=settings) as program:
        page = httpx.get(f"{program.url}/login")
        program.stopped(signal.SIGINT)

    assert 'name="password"' in page.text
    assert "alembic" not in program.err


def test_open_it_answers_everybody(tmp_path: Path) -> None:
    with serving(tmp_path, "--bind", "0.0.0.0:0", "--open") as program:
        page = httpx.get(f"{program.url}/login", headers={"Host": "example.org"})

    assert page.status_code == 200


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_it_listens_on_ipv6(tmp_path: Path) -> None:
    with serving(tmp_path, "--bind", "[::1]:0") as program:
        page = httpx.get(f"http://[::1]:{program.port}/login")

    assert "on http://[::1]:" in program.out
    assert page.status_code == 200


def test_an_application_that_cannot_start_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "sessions").touch()

    with serving(tmp_path, "--bind", "127.0.0.1:0") as program:
        status = program.ended()

    assert status == 1
    assert program.err.startswith("quart-app: the application cannot start: ")
    assert program.err.endswith("is a file: set SESSION_FILE_DIR to a directory\n")
    assert program.err.count("\n") == 1
    assert program.out == ""


def test_workers_share_the_address_and_say_so_once(tmp_path: Path) -> None:
    with serving(tmp_path, "--bind", "127.0.0.1:0", "--workers", "2") as program:
        url = program.url
        page = httpx.get(f"{url}/login")
        program.complains("worker serves", times=2)
        status, seconds = program.stopped(signal.SIGINT, whole_group=True)

    start, kept, answers, shared = program.out.splitlines()
    assert f" on {url} " in start
    assert kept.startswith("sessions are kept in files under ")
    assert answers.startswith("answers to ")
    assert shared.startswith("2 workers share it")
    assert page.status_code == 200
    assert status == 0
    assert seconds < 5
    assert len(set(re.findall(r"running\[(\d+)\]: stopping", program.err))) == 2


def test_workers_that_cannot_start_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "sessions").touch()

    with serving(tmp_path, "--bind", "127.0.0.1:0", "--workers", "3") as program:
        status = program.ended()

    assert status == 1
    assert program.err.startswith("quart-app: the application cannot start: ")
    assert program.err.endswith("is a file: set SESSION_FILE_DIR to a directory\n")
    assert program.err.count("\n") == 1
    assert program.out == ""


def test_workers_need_no_standard_streams(tmp_path: Path) -> None:
    port = free_port()
    options = ("--workers", "2", "--bind", f"127.0.0.1:{port}", "--data-dir", str(tmp_path))
    closed = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")
    with subprocess.Popen(
        [*closed, sys.executable, "-m", "quart_app", "serve", *options], cwd=ROOT
    ) as process:
        try:
            until(lambda: listens(port))
            page = httpx.get(f"http://127.0.0.1:{port}/login", timeout=PATIENCE_SECONDS)
            process.terminate()
            status = process.wait(PATIENCE_SECONDS)
        finally:
            process.kill()

    assert page.status_code == 200
    assert status == 0


def test_workers_do_not_keep_sessions_each_for_itself(
    command: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("QUART_SESSION_TYPE", "memory")
    environment.setenv("QUART_WORKERS", "2")

    checked = command("check", "--bind", "127.0.0.1:0")
    memory = {"QUART_SESSION_TYPE": "memory", "QUART_DATA_DIR": str(tmp_path / "data")}
    asked = ("quart_app", "serve", "--bind", "127.0.0.1:0", "--workers", "2")
    with Program.running(*asked, environment=memory) as program:
        status = program.ended()

    assert (checked.status, status) == (1, 1)
    for said in (checked.err, program.err):
        assert said.startswith("quart-app: SESSION_TYPE is memory")
        assert said.count("\n") == 1


@pytest.mark.parametrize("number", ["0", "-1"])
def test_less_than_one_worker_is_one_line(number: str, command: Command) -> None:
    ended = command("serve", "--workers", number)

    assert ended.status == 1
    assert ended.err.startswith("quart-app: WORKERS is ")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1"])  # noqa: S104
def test_a_login_without_passwords_stays_on_this_machine(host: str, command: Command) -> None:
    ended = command("serve", "--bind", f"{host}:0")

    assert ended.status == 2
    assert ended.err.startswith(f"quart-app: {host}:0 can be reached from other machines")
    assert "--open" in ended.err
    assert ended.err.count("\n") == 1


def test_the_environment_cannot_open_it_by_itself(
    command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("QUART_BIND", "0.0.0.0:0")

    assert command("serve").status == 2


def test_a_port_in_use_is_one_line_with_the_cure(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"

        ended = command("serve", "--bind", bind)

    assert ended.status == 1
    assert ended.err == (
        f"quart-app: cannot listen on {bind} (address already in use): stop what listens there, "
        "or choose another port (0 takes a free one) with --bind\n"
    )


@pytest.mark.parametrize(
    "bind", ["nowhere", "127.0.0.1", "127.0.0.1:99999", "no.such.host.invalid:80", "[::1:80"]
)
def test_a_bad_address_is_one_line_with_the_cure(bind: str, command: Command) -> None:
    ended = command("serve", "--bind", bind)

    assert ended.status == 1
    assert "127.0.0.1:8000" in ended.err
    assert ended.err.count("\n") == 1


def test_a_setting_that_cannot_work_is_one_line(
    command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("QUART_SESSION_TYPE", "nope\x1b[2J")

    ended = command("serve", "--bind", "127.0.0.1:0")

    assert ended.status == 1
    assert "SESSION_TYPE" in ended.err
    assert ended.err.count("\n") == 1
    assert "\x1b" not in ended.err


@pytest.mark.parametrize(
    ("said", "told"), [({}, "max-age=63072000"), ({"QUART_HSTS": "off"}, None)]
)
def test_browsers_are_told_to_come_over_https_by_this_name_only(
    said: dict[str, str], told: str | None, tmp_path: Path
) -> None:
    settings = {"QUART_TRUSTED_PROXIES": "127.0.0.1", **said}
    data = str(tmp_path / "data")
    words = ("quart_app", "serve", "--data-dir", data, "--bind", "127.0.0.1:0")
    with Program.running(*words, environment=settings) as program:
        page = httpx.get(f"{program.url}/login", headers={"X-Forwarded-Proto": "https"})

    assert page.headers.get("strict-transport-security") == told
