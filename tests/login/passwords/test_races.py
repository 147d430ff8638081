"""A new password while others sign in by the old one, and in a worker that is killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.kit.polling import until
from tests.kit.processes import Program
from tests.login.passwords.members import OTHER, RIGHT, add_account
from tests.races.passwords import race


async def test_no_session_of_the_old_password_outlives_its_change(
    place: dict[str, Any], tmp_path: Path
) -> None:
    assert await race({"DATA_DIR": tmp_path, **place}, rounds=3) == []


@contextmanager
def serving(folder: Path) -> Iterator[Program]:
    """A worker that lives."""
    with Program.running(
        *("quart_app", "serve", "--bind", "127.0.0.1:0", "--data-dir", str(folder)),
        environment={"QUART_LOGIN_MODE": "password"},
    ) as program:
        program.answers()
        yield program


@contextmanager
def serving_until_killed(folder: Path) -> Iterator[Program]:
    """A worker that is killed once everything of an account has ended, before its sessions have."""
    with Program.running(
        *("hypercorn", "--bind", "127.0.0.1:{port}", "--workers", "0"),
        "tests.login.passwords.programs.killed:app",
        environment={"QUART_LOGIN_MODE": "password", "QUART_DATA_DIR": str(folder)},
    ) as program:
        program.answers()
        yield program


def sign_in(program: Program, password: str) -> tuple[int, httpx.Cookies]:
    """By a browser of its own."""
    with program.client() as browser:
        answer = browser.post("/login", data={"name": "ada", "password": password})
        return answer.status_code, browser.cookies


def status(program: Program, cookies: httpx.Cookies) -> int:
    """Of a page that is for those who are signed in."""
    with program.client(cookies) as browser:
        return browser.get("/user").status_code


@pytest.mark.parametrize("at_the_next_start", [False, True], ids=["another worker", "next start"])
def test_what_a_killed_worker_left_to_end_is_ended_by(
    tmp_path: Path, at_the_next_start: bool
) -> None:
    add_account("Ada", DATA_DIR=str(tmp_path))
    with ExitStack() as stack:
        killed = stack.enter_context(serving_until_killed(tmp_path))
        (_, own), (_, elsewhere) = sign_in(killed, RIGHT), sign_in(killed, RIGHT)
        others = [] if at_the_next_start else [stack.enter_context(serving(tmp_path))]

        with killed.client(own) as ada, pytest.raises(httpx.RemoteProtocolError):
            ada.post("/password", data={"password": RIGHT, "new": OTHER})

        assert killed.ended() != 0
        living = others[0] if others else stack.enter_context(serving(tmp_path))
        until(lambda: status(living, elsewhere) == 302)
        assert status(living, own) == 200
        assert sign_in(living, RIGHT)[0] == 401
        assert sign_in(living, OTHER)[0] == 303
