"""`quart-app serve` with LOGIN_MODE=password: real processes, real databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.kit.polling import until
from tests.kit.postgresql import PostgreSQLServer
from tests.kit.processes import Program, python
from tests.kit.redis import RedisServer
from tests.login.passwords.members import OTHER, RIGHT, WRONG, add_account

PASSWORD_MODE = {"QUART_LOGIN_MODE": "password"}


@pytest.mark.parametrize("workers", [1, 2])
def test_served_it_asks_for_the_password_of_an_account_that_was_added_beside_it(
    tmp_path: Path, workers: int
) -> None:
    with Program.running(
        *("quart_app", "serve", "--bind", "127.0.0.1:0", "--workers", str(workers)),
        *("--data-dir", str(tmp_path)),
        environment=PASSWORD_MODE,
    ) as program:
        program.answers()
        add_account("Ada", DATA_DIR=str(tmp_path))
        with program.client() as visitor:
            unknown = visitor.post("/login", data={"name": "bob", "password": RIGHT})
            wrong = visitor.post("/login", data={"name": "ada", "password": WRONG})
            right = visitor.post("/login", data={"name": "ada", "password": RIGHT})
            page = visitor.get("/user")
        status, _ = program.stopped()

    assert f"accounts are kept in {tmp_path}" in program.out
    assert (unknown.status_code, wrong.status_code, right.status_code) == (401, 401, 303)
    assert "Ada" in page.text
    assert status == 0
    assert "Traceback" not in program.err
    assert "alembic" not in program.err


def test_other_machines_may_reach_a_login_that_asks_for_passwords(tmp_path: Path) -> None:
    with Program.running(
        *("quart_app", "serve", "--bind", "0.0.0.0:0", "--data-dir", str(tmp_path)),
        environment=PASSWORD_MODE,
    ) as program:
        program.answers()


def test_a_database_that_is_newer_than_the_code_ends_the_start_in_one_line(tmp_path: Path) -> None:
    add_account("Ada", DATA_DIR=str(tmp_path))
    with closing(sqlite3.connect(tmp_path / "accounts.sqlite3")) as database, database:
        database.execute("UPDATE quart_app_version SET version_num = '9999'")

    ended = python(
        *("-m", "quart_app", "serve", "--bind", "127.0.0.1:0", "--data-dir", str(tmp_path)),
        environment=PASSWORD_MODE,
    )

    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "is of a newer version (9999) than this code" in ended.stderr


@pytest.fixture
def postgresql() -> Iterator[PostgreSQLServer]:
    """One that the test may kill."""
    with PostgreSQLServer.running() as server:
        yield server


@pytest.fixture
def shared(postgresql: PostgreSQLServer, redis_server: RedisServer) -> dict[str, str]:
    """The settings that several machines have in common."""
    return {
        "LOGIN_MODE": "password",
        "SECRET_KEY": "x" * 32,
        "SESSION_TYPE": "redis",
        "SESSION_URI": redis_server.url,
        "DATABASE_URL": postgresql.new_database(),
    }


@pytest.fixture
def machines(shared: dict[str, str], tmp_path: Path) -> Iterator[tuple[Program, Program]]:
    """Two, and somebody has an account."""
    environment = {f"QUART_{name}": value for name, value in shared.items()}
    with ExitStack() as stack:
        here, there = (
            stack.enter_context(
                Program.running(
                    *("quart_app", "serve", "--bind", "127.0.0.1:0"),
                    *("--data-dir", str(tmp_path / name)),
                    environment=environment,
                )
            )
            for name in ("here", "there")
        )
        for each in (here, there):
            each.answers()
        add_account("Ada", **shared, DATA_DIR=str(tmp_path / "office"))
        yield here, there


def sign_in(browser: httpx.Client, password: str = RIGHT) -> int:
    return browser.post("/login", data={"name": "ada", "password": password}).status_code


@contextmanager
def emptied(browser: httpx.Client) -> Iterator[None]:
    """An open page of this browser's, which what happens in the block empties: told so, and not
    by its heartbeat, which comes later than the browser waits."""
    with browser.stream("GET", "/events") as stream:
        lines = stream.iter_lines()
        assert "event: session" in lines
        yield
        assert "event: signed-out" in lines


def test_what_ends_on_one_machine_empties_the_open_pages_of_both(
    machines: tuple[Program, Program], shared: dict[str, str], tmp_path: Path
) -> None:
    here, there = machines
    with here.client() as ada, there.client() as elsewhere:
        assert (sign_in(ada), sign_in(elsewhere)) == (303, 303)
        own = {"Sec-Fetch-Site": "same-origin"}

        with emptied(elsewhere):
            ada.post("/sessions", data={"others": "1"}, headers=own)
        sign_in(elsewhere)
        with emptied(elsewhere):
            ada.post("/password", data={"password": RIGHT, "new": OTHER}, headers=own)
        assert (sign_in(elsewhere), sign_in(elsewhere, OTHER)) == (401, 303)
        assert ada.get("/user").status_code == 200
        with emptied(ada), emptied(elsewhere):
            by_command = python(
                *("-m", "quart_app", "accounts", "disable", "Ada"),
                *("--data-dir", str(tmp_path / "office")),
                environment={f"QUART_{name}": value for name, value in shared.items()},
            )

        assert by_command.returncode == 0, by_command.stderr
        assert (ada.get("/user").status_code, elsewhere.get("/user").status_code) == (302, 302)
        assert sign_in(ada, OTHER) == 401


def test_while_the_database_is_gone_who_is_signed_in_goes_on_and_nothing_is_lost(
    machines: tuple[Program, Program], postgresql: PostgreSQLServer
) -> None:
    here, there = machines
    with here.client() as ada, there.client() as elsewhere:
        sign_in(ada)
        postgresql.kill()
        refused = elsewhere.post("/login", data={"name": "ada", "password": RIGHT})
        not_changed = ada.post("/password", data={"password": RIGHT, "new": OTHER})
        pages = [ada.get("/user").status_code for _ in range(3)]
        postgresql.start()
        until(lambda: sign_in(elsewhere) == 303)

        assert (refused.status_code, not_changed.status_code) == (503, 503)
        assert refused.headers["retry-after"]
        assert refused.elapsed.total_seconds() < 3
        assert pages == [200] * 3
        assert ada.get("/user").status_code == 200
    assert "Traceback" not in here.err + there.err
