"""`quart-app accounts` and `quart-app events`, in this process."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests.accounts.people import OTHER, RIGHT
from tests.cli.conftest import Command, Ended


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, command: Command) -> Command:
    """The same command, with this password on standard input."""

    def run(*args: str) -> Ended:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{RIGHT}\n"))
        return command(*args)

    return run


def test_an_account_is_made_shown_changed_and_deleted(typed: Command) -> None:
    assert typed("accounts", "add", "Ada", "--mail", "ada@example.org").status == 0
    assert typed("accounts", "admin", "ada").status == 0
    shown = json.loads(typed("accounts", "show", "ADA", "--json").out)
    assert typed("accounts", "disable", "ada").status == 0
    listed = typed("accounts", "list")
    assert typed("accounts", "enable", "ada").status == 0
    assert typed("accounts", "password", "ada").status == 0
    assert typed("accounts", "unblock", "ada").status == 0
    assert typed("accounts", "delete", "ada", "--yes").status == 0

    assert (shown["name"], shown["mail"], shown["admin"]) == ("Ada", "ada@example.org", True)
    assert listed.out == "Ada  ada@example.org  admin  disabled\n"
    assert typed("accounts", "list").out == ""
    events = [json.loads(line) for line in typed("events").out.splitlines()]
    assert [event["kind"] for event in events][:2] == ["account added", "rights changed"]
    assert {event["actor"] for event in events} == {"command line"}
    assert len(typed("events", "--after", str(events[-2]["id"])).out.splitlines()) == 1


def test_what_is_refused_is_said_in_one_line_with_its_own_status(typed: Command) -> None:
    typed("accounts", "add", "Ada", "--without-password")

    for args, status, said in (
        (("add", "ADA"), 1, "taken"),
        (("add", "ada/bob"), 1, "refused: character"),
        (("add", "Correct Horse Battery Staple"), 1, "mostly your name"),
        (("show", "bob"), 3, "no such account"),
        (("delete", "bob", "--yes"), 3, "no such account"),
    ):
        ended = typed("accounts", *args)
        assert (ended.status, ended.out) == (status, "")
        assert said in ended.err
        assert ended.err.count("\n") == 1
        assert RIGHT not in ended.err


def test_a_database_that_is_not_there_is_another_status(
    typed: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("QUART_DATABASE_URL", "postgresql://ada:opensesame@127.0.0.1:9/x")

    ended = typed("accounts", "list")

    assert ended.status == 4
    assert "not now" in ended.err
    assert "opensesame" not in ended.err


def test_what_goes_out_comes_in_and_what_is_refused_is_said(typed: Command, tmp_path: Path) -> None:
    typed("accounts", "add", "Ada")
    lines = typed("accounts", "export", "--with-secrets").out
    file = tmp_path / "lines"
    file.write_text(lines.replace("Ada", "Bob") + lines)

    ended = typed("accounts", "import", str(file))

    assert ended.status == 1
    assert ended.out == "1 added, 1 refused\n"
    assert "line 2: its name" in ended.err
    assert "$argon2id" in lines
    assert "$argon2id" not in typed("accounts", "export").out


def test_a_file_of_another_encoding_costs_no_line_but_those_that_cannot_be_read(
    typed: Command, tmp_path: Path
) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b'\xef\xbb\xbf{"name": "Ada"}\n{"name": "Ren\xe9"}\n{"name": "Bob"}\n')

    ended = typed("accounts", "import", str(file))

    assert ended.out == "2 added, 1 refused\n"
    assert ended.err == "quart-app: line 2: its name, address or language is refused: character\n"


def test_a_password_is_no_argument(typed: Command) -> None:
    ended = typed("accounts", "password", "ada", OTHER)

    assert ended.status == 2
