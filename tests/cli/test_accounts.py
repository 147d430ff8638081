"""`quart-app accounts` and `quart-app events`, in this process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.accounts.people import OTHER, RIGHT
from tests.cli.conftest import Command, Ended, input_of


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, command: Command) -> Command:
    """The same command, with this password on standard input."""

    def run(*args: str) -> Ended:
        monkeypatch.setattr(sys, "stdin", input_of(RIGHT.encode()))
        return command(*args)

    return run


def test_an_account_is_made_shown_changed_and_deleted(typed: Command, tmp_path: Path) -> None:
    def said(*args: str) -> str:
        ended = typed("accounts", *args)
        assert ended.status == 0
        return ended.out

    added = said("add", "Ada", "--mail", "ada@example.org")
    assert added == f"Ada is added, in {tmp_path / 'data' / 'accounts.sqlite3'}\n"
    assert said("admin", "ada") == "ada is an administrator\n"
    shown = json.loads(said("show", "ADA", "--json"))
    assert said("disable", "ada") == "ada is disabled\n"
    listed = typed("accounts", "list")
    assert said("enable", "ada") == "ada is enabled\n"
    assert said("password", "ada") == "ada has a new password\n"
    assert said("unblock", "ada") == "ada is unblocked\n"
    assert said("delete", "ada", "--yes") == "ada is deleted\n"

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
        (("add", "ada/bob"), 1, "the name may have letters and digits, and beside them spaces"),
        (("add", "Bob", "--mail", "bob"), 1, "the address of mail is none: one looks like"),
        (("add", "Bob", "--language", "en_GB"), 1, "the language is no code: one looks like en"),
        (("add", "Correct Horse Battery Staple"), 1, "mostly your name"),
        (("show", "bob"), 3, "no such account"),
        (("delete", "bob", "--yes"), 3, "no such account"),
    ):
        ended = typed("accounts", *args)
        assert (ended.status, ended.out) == (status, "")
        assert said in ended.err
        assert ended.err.count("\n") == 1
        assert RIGHT not in ended.err


@pytest.mark.parametrize(
    "words",
    [
        *(("accounts", "list"), ("accounts", "show", "Ada"), ("accounts", "export")),
        *(("accounts", "disable", "Ada"), ("events",), ("sessions", "list", "Ada")),
        ("sessions", "end", "Ada"),
    ],
    ids=" ".join,
)
def test_where_nothing_is_kept_that_is_said_and_nothing_is_made(
    words: tuple[str, ...], command: Command, tmp_path: Path
) -> None:
    ended = command(*words)

    assert (ended.status, ended.out, ended.err.count("\n")) == (3, "", 1)
    assert f"in {'files under ' * (words[0] == 'sessions')}{tmp_path / 'data'}/" in ended.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "no password came on standard input: send it there, in a line"),
        (None, "no password came on standard input: send it there, in a line"),
        (b"gr\xfc\xdfe aus der latin1 welt", "the password on standard input is not in"),
    ],
)
def test_a_password_that_does_not_come_or_is_none_is_said(
    command: Command, monkeypatch: pytest.MonkeyPatch, given: bytes | None, said: str
) -> None:
    monkeypatch.setattr(sys, "stdin", None if given is None else input_of(given))

    ended = command("accounts", "add", "Ada")

    assert (ended.status, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert ended.err.startswith(f"quart-app: {said}")


@pytest.mark.parametrize(
    "words",
    [("accounts", "export"), ("accounts", "list", "--json"), ("events",), ("settings", "--json")],
    ids=" ".join,
)
def test_what_a_full_disk_cuts_short_is_no_success(
    words: tuple[str, ...], typed: Command, tmp_path: Path
) -> None:
    typed("accounts", "add", "Ada")
    asked = [sys.executable, "-m", "quart_app", *words, "--data-dir", str(tmp_path / "data")]

    with open("/dev/full", "wb") as full:
        ended = subprocess.run(asked, stdout=full, stderr=subprocess.PIPE, check=False)

    line = b"quart-app: what was asked for is not whole: No space left on device\n"
    assert (ended.returncode, ended.stderr) == (1, line)


def test_data_for_nobody_is_no_success_and_whoever_has_had_enough_is_told_nothing(
    typed: Command, tmp_path: Path
) -> None:
    typed("accounts", "add", "Ada")
    export = f"accounts export --data-dir {tmp_path / 'data'}"
    asked = f"{sys.executable} -m quart_app {export}"

    closed, enough = (
        subprocess.run(["sh", "-c", f"{asked} {how}"], capture_output=True, check=False)
        for how in (">&-", "| true")
    )

    line = b"quart-app: what was asked for is not whole: standard output is closed\n"
    assert (closed.returncode, closed.stderr) == (1, line)
    assert enough.stderr == b""


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
    assert ended.err.startswith("quart-app: line 2: the name may have letters and digits")


def test_lines_and_hashes_of_htpasswd_name_their_cure(typed: Command, tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("ada:$apr1$salt$of0Apache0s0own0hash00\n")

    without = typed("accounts", "import", str(file))
    of_apache = typed("accounts", "import", str(file), "--from", "htpasswd")

    assert "line 1: it is not JSON: say --from htpasswd for NAME:HASH\n" in without.err
    assert "line 1: its hash is refused: " in of_apache.err
    assert "make one anew with htpasswd -B\n" in of_apache.err


def test_a_password_is_no_argument(typed: Command) -> None:
    ended = typed("accounts", "password", "ada", OTHER)

    assert ended.status == 2
