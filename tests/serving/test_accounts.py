"""`quart-app serve` with LOGIN_MODE=password: real processes, real databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.processes import Program, python
from tests.login.passwords.members import RIGHT, WRONG, add_account

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

    assert (unknown.status_code, wrong.status_code, right.status_code) == (401, 401, 303)
    assert "Ada" in page.text
    assert status == 0
    assert "Traceback" not in program.err


def test_other_machines_may_reach_a_login_that_asks_for_passwords(tmp_path: Path) -> None:
    with Program.running(
        *("quart_app", "serve", "--bind", "0.0.0.0:0", "--data-dir", str(tmp_path)),
        environment=PASSWORD_MODE,
    ) as program:
        program.answers()


def test_a_database_that_is_newer_than_the_code_ends_the_start_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "accounts.sqlite3").write_bytes(b"no database at all, and long enough for one")

    ended = python(
        *("-m", "quart_app", "serve", "--bind", "127.0.0.1:0", "--data-dir", str(tmp_path)),
        environment=PASSWORD_MODE,
    )

    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
