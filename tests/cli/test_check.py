"""`quart-app check` tells what an operator needs, and keeps secrets."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from quart import Quart

from quart_app.accounts.storage.preparing import State
from quart_app.cli.members_found import said_of
from quart_app.sessions import Session
from quart_app.settings.urls import without_password
from tests.cli.conftest import Command


def test_without_settings_all_is_well(command: Command, tmp_path: Path) -> None:
    ended = command("check")

    assert ended.status == 0
    assert ended.err == ""
    assert "TRUSTED_HOSTS" not in ended.out, "nobody has set it"
    assert f"sessions in files under {tmp_path / 'data' / 'sessions'}" in ended.out
    assert "unwise" not in ended.out
    assert ended.out.splitlines()[-1] == "could serve on 127.0.0.1:8000"


def test_what_differs_from_the_default_is_shown(
    command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("QUART_LOGIN_REDIRECT", "/user")
    environment.setenv("QUART_SESSION_PERMANENT", "true")
    environment.setenv("QUART_HOME_PUBLIC", "false")
    environment.setenv("QUART_TRUSTED_HOSTS", "example.org")

    out = command("check", "--bind", "127.0.0.1:0").out

    assert "  LOGIN_REDIRECT = /user\n" in out
    assert "  SESSION_PERMANENT = True\n" in out
    assert "  BIND = 127.0.0.1:0\n" in out
    assert "  TRUSTED_HOSTS = example.org\n" in out
    assert "HOME_PUBLIC" not in out


@pytest.mark.parametrize(
    ("name", "value", "warning"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY is short"),
        ("DEBUG", "1", "DEBUG is on"),
        ("TESTING", "true", "TESTING is on"),
        ("SESSION_TYPE", "memory", "SESSION_TYPE is memory"),
        ("SESSION_SEALED", "false", "SESSION_SEALED is off"),
        ("SESSION_COOKIE_HTTPONLY", "false", "SESSION_COOKIE_HTTPONLY is off"),
        ("SESSION_COOKIE_PATH", "/app", "cookies are for /app only"),
        ("SERVER_NAME", "example.org", "SERVER_NAME is set"),
        ("TRUSTED_PROXIES", "0.0.0.0/0", "TRUSTED_PROXIES has 0.0.0.0/0"),
        ("TRUSTED_PROXIES", '["10.0.0.0/8", "::/0"]', "TRUSTED_PROXIES has ::/0"),
        ("SESSION_USE_SIGNER", "true", "SESSION_USE_SIGNER has no effect"),
        ("SESSION_COOKIE_SECUR", "true", "did you mean SESSION_COOKIE_SECURE?"),
        ("TRUSTED_HOST", "example.org", "QUART_TRUSTED_HOST is no setting: did you mean"),
    ],
)
def test_what_is_unwise_is_said(
    name: str, value: str, warning: str, command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(f"QUART_{name}", value)

    ended = command("check")

    assert ended.status == 0
    assert warning in ended.out


def test_serving_beyond_this_machine_asks_for_more(command: Command) -> None:
    out = command("check", "--bind", "0.0.0.0:0", "--open").out

    assert "anybody who reaches it" in out
    assert "SESSION_COOKIE_SECURE is off" in out
    assert "TRUSTED_HOSTS is empty" in out
    assert "CONNECTIONS_PER_ADDRESS is not set" in out


def test_a_proxy_on_this_machine_that_is_not_named_is_missed(
    command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("QUART_TRUSTED_HOSTS", "example.org")
    missed = command("check").out
    environment.setenv("QUART_TRUSTED_PROXIES", "127.0.0.1")

    assert "TRUSTED_PROXIES is empty, so all who come through the proxy" in missed
    assert "TRUSTED_PROXIES is empty" not in command("check").out


def test_behind_a_proxy_others_reach_it_too(
    command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("QUART_TRUSTED_PROXIES", "127.0.0.1")

    out = command("check").out

    assert "anybody who reaches it" in out
    assert "SESSION_COOKIE_SECURE is off" in out
    assert "TRUSTED_HOSTS is empty" not in out, "bound to this machine it answers to its names only"
    environment.setenv("QUART_SESSION_COOKIE_SECURE", "true")
    environment.setenv("QUART_LOGIN_MODE", "password")
    assert "unwise" not in command("check").out


def test_a_data_folder_that_others_can_read_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)

    assert f"run chmod 700 {tmp_path / 'data'}" in command("check").out


def test_secrets_are_not_shown(command: Command, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("QUART_SECRET_KEY", "a-key-of-fine-length-that-is-secret")
    environment.setenv("QUART_SESSION_TYPE", "redis")
    environment.setenv("QUART_SESSION_URI", "redis://ada:hush@127.0.0.1:1/2")

    ended = command("check")

    assert "hush" not in ended.out + ended.err
    assert "a-key" not in ended.out + ended.err
    assert "SECRET_KEY = (set, not shown)" in ended.out
    assert "sessions in Redis at redis://***@127.0.0.1:1/2" in ended.out


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hush@host",
        "redis://ada:hu/hush@host:6379/0",
        "redis://ada:x@hush@host",
        "redis://:hu?hush@host",
        "redis://host?password=hush",
        "redis://host?password=x@hush",
        "postgresql://ada:hush@host:5432/accounts",
        "postgresql+psycopg://ada:x@hu/hush@host/accounts",
        "postgresql://host/accounts?password=hush",
        "unix:///run/redis.sock?password=hush",
        "redis:/:hush@host",
        "hush",
    ],
)
def test_no_part_of_a_password_is_in_a_url_that_is_shown(url: str) -> None:
    assert "hush" not in without_password(url)


@pytest.mark.parametrize(
    "url",
    [
        *("redis://localhost", "rediss://[::1]:6379/3", "unix:///run/redis/redis.sock"),
        *("postgresql://host/accounts", "sqlite:////srv/accounts.sqlite3"),
    ],
)
def test_a_url_without_password_is_shown_as_it_is(url: str) -> None:
    assert without_password(url) == url


def test_a_store_that_does_not_answer_is_reported_with_the_cure(
    command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("QUART_SESSION_TYPE", "redis")
    environment.setenv("QUART_SESSION_URI", "redis://127.0.0.1:1")

    ended = command("check")

    assert ended.status == 1
    assert ended.err.count("\n") == 1
    assert ended.err.startswith("quart-app: Redis cannot be reached")
    assert ended.err.endswith("start it, or set SESSION_URI\n")


def test_sessions_that_cannot_be_kept_are_reported_with_the_cure(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "sessions").touch()

    ended = command("check")

    assert ended.status == 1
    assert ended.err.endswith("is a file: set SESSION_FILE_DIR to a directory\n")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("TRUSTED_HOSTS", "a.org,b.org"), ("TRUSTED_PROXIES", "10.0.0.1,10.0.0.2")],
)
def test_how_a_list_is_written_is_said(
    name: str, value: str, command: Command, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(f"QUART_{name}", value)

    ended = command("check")

    assert ended.status == 1
    assert ended.err.endswith('several as a list, such as ["…", "…"]\n')


def test_a_data_folder_that_is_none_is_said_to_be_none(command: Command, tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    ended = command("check")

    assert ended.status == 1
    assert f"({tmp_path / 'data'} is no folder): set DATA_DIR to" in ended.err
    assert ended.err.count("\n") == 1


def test_what_serve_would_refuse_is_reported(command: Command) -> None:
    ended = command("check", "--bind", "0.0.0.0:0")

    assert ended.status == 2
    assert "add --open" in ended.err


def test_a_server_that_runs_already_does_not_fail_the_check(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = command("check", "--bind", f"127.0.0.1:{taken.getsockname()[1]}")

    assert ended.status == 0
    assert "once what listens there now has stopped" in ended.out


def test_who_says_who_is_signed_in_is_shown(
    command: Command, environment: pytest.MonkeyPatch
) -> None:
    by_default = command("check").out
    environment.setenv("QUART_SESSION_OWNER_KEY", "user")

    assert "who is signed in is said by:\n  session['name']\n" in by_default
    assert "  session['user']\n" in command("check").out
    assert "SESSION_OWNER_KEY" not in by_default


async def test_another_application_on_the_same_sessions_is_named(
    command: Command, tmp_path: Path
) -> None:
    other = Quart("demo")
    other.config["SESSION_FILE_DIR"] = str(tmp_path / "data" / "sessions")
    Session(other)
    await other.startup()
    await other.shutdown()

    for _ in range(2):
        ended = await asyncio.to_thread(command, "check")
        assert ended.status == 0
        assert "shared:\n  the sessions are kept where those of 'demo' are" in ended.out


@pytest.fixture
def accounts(environment: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The database of a login that asks for passwords, which is not there yet."""
    environment.setenv("QUART_LOGIN_MODE", "password")
    return tmp_path / "data" / "accounts.sqlite3"


def test_what_is_to_know_of_the_accounts_is_said_and_nothing_is_made(
    command: Command, accounts: Path
) -> None:
    before = command("check")
    was_made = accounts.exists()
    command("accounts", "add", "Ada", "--without-password")
    after = command("check")

    assert not was_made
    assert (before.status, after.status) == (0, 0)
    assert "accounts:\n  their tables are not there yet" in before.out
    assert "  nobody has one yet: run quart-app accounts add NAME\n" in before.out
    assert f"  accounts in {accounts.parent}\n" in after.out
    assert "accounts:" not in after.out


def test_accounts_that_could_not_be_made_are_reported_with_the_cure(
    command: Command, accounts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("QUART_DATABASE_URL", f"sqlite:///{tmp_path / 'file' / 'below'}")
    below_a_file = command("check")
    monkeypatch.setenv("QUART_DATABASE_URL", f"sqlite:///{tmp_path / 'new' / 'accounts'}")
    monkeypatch.setattr("os.access", lambda *_: False)
    forbidden = command("check")

    for ended, why in ((below_a_file, "file is no folder"), (forbidden, "Permission denied")):
        assert ended.status == 1
        assert f"{why}): set DATA_DIR to a folder of the server's own" in ended.err


def test_tables_of_newer_code_are_reported_with_the_cure(command: Command, accounts: Path) -> None:
    command("accounts", "add", "Ada", "--without-password")
    with closing(sqlite3.connect(accounts)) as database, database:
        database.execute("UPDATE quart_app_version SET version_num = '9999'")

    ended = command("check")

    assert ended.status == 1
    assert "is of a newer version (9999) than this code: install that" in ended.err


def test_tables_of_earlier_code_are_told_of_while_a_copy_can_be_made() -> None:
    [line] = said_of(State(is_made=True, is_up_to_date=False, has_accounts=True), lets_in=True)

    assert "the next start brings them up to date" in line
    assert "a copy of the database" in line


def test_accounts_that_cannot_be_opened_are_reported_with_the_cure(
    command: Command, accounts: Path, environment: pytest.MonkeyPatch
) -> None:
    accounts.parent.mkdir(mode=0o700)
    accounts.write_bytes(b"no database at all" * 100)
    open_to_all = command("check")
    accounts.chmod(0o600)
    no_database = command("check")
    environment.setenv("QUART_DATABASE_URL", "postgresql://ada:opensesame@127.0.0.1:9/x")
    no_server = command("check")

    for ended, cure in (
        (open_to_all, f"run chmod 600 {accounts}\n"),
        (no_database, "try again, or set DATA_DIR\n"),
        (no_server, "start it, or set DATABASE_URL\n"),
    ):
        assert ended.status == 1
        assert ended.err.endswith(cure)
        assert ended.err.count("\n") == 1
        assert "opensesame" not in ended.err


def test_a_database_that_does_not_answer_is_not_waited_for(
    command: Command, accounts: Path, environment: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        environment.setenv("QUART_DATABASE_URL", f"postgresql://ada@127.0.0.1:{port}/x")

        ended = command("check")

    assert ended.status == 1
    assert ended.err.endswith("start it, or set DATABASE_URL\n")
