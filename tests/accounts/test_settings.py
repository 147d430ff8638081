"""Accounts as an application's settings make them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from quart_app.accounts import Accounts, Administration
from quart_app.accounts.passwords.rules import PasswordProblem
from quart_app.errors import ConfigurationError, PasswordRefused
from quart_app.settings import AccountsSettings
from tests.accounts.people import HOME, RIGHT
from tests.kit.processes import python


def settings(**given: Any) -> AccountsSettings:
    return AccountsSettings.from_config({name.upper(): value for name, value in given.items()})


async def test_by_default_they_lie_in_the_data_folder(tmp_path: Path) -> None:
    made = Accounts.from_settings(settings(), folder=tmp_path / "data", keys=[b"key"])
    await made.open()
    await Administration(made, actor="test").add("Ada", password=RIGHT)

    signed_in = await made.sign_in("ada", password=RIGHT, client=HOME)
    await made.close()
    await made.close()

    assert signed_in.account.shown == "Ada"
    assert (tmp_path / "data/accounts.sqlite3").is_file()


def test_the_names_of_the_site_and_the_operators_list_are_no_passwords(tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("Winter is coming again\n")
    made = Accounts.from_settings(
        settings(password_blocklist=str(listed)),
        folder=tmp_path,
        keys=[b"key"],
        site_names=["notes.example.org"],
    )

    for password, problem in (
        ("winter is coming again", PasswordProblem.LISTED),
        ("notes.example.org!", PasswordProblem.NAMES),
    ):
        with pytest.raises(PasswordRefused) as refused:
            made.parts.rules.verify(password, names=())
        assert refused.value.problem is problem


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", 5432),
        ("DATABASE_URL", "opensesame"),
        ("PASSWORD_IMPORT_SALT", 146585145368132386173505678016728509634),
        ("PASSWORD_BLOCKLIST", "/no/such/file"),
        ("PASSWORD_BLOCKLIST", "/dev/zero"),
        ("PASSWORD_BREACH_URL", "ftp://example.org"),
        *(("PASSWORD_BREACH_URL", url) for url in ("http://[::1", "http://u:opensesame@", 5)),
        *(("PASSWORD_BREACH_URL", f"http://host{end}") for end in (":x", "?a", "#a", "/a b")),
        ("HASHING_THREADS", 1.5),
        ("AUDIT_DAYS", 0),
        ("DATABASE_TIMEOUT", -1),
    ],
)
def test_a_setting_that_cannot_work_ends_the_start_in_one_line_without_its_secrets(
    tmp_path: Path, name: str, value: object
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Accounts.from_settings(
            AccountsSettings.from_config({name: value}), folder=tmp_path, keys=[b"key"]
        )

    assert name in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "opensesame" not in str(refused.value)
    assert "146585145368" not in str(refused.value)


@pytest.mark.parametrize("package", ["alembic", "bcrypt", "nacl", "sqlalchemy"])
def test_without_the_extra_a_command_ends_in_one_line_that_names_it(
    tmp_path: Path, package: str
) -> None:
    program = (
        f"import sys; sys.modules[{package!r}] = None; from quart_app.cli import main; "
        f"sys.exit(main(['accounts', 'list', '--data-dir', {str(tmp_path)!r}]))"
    )

    ended = python("-c", program)

    assert ended.returncode == 1
    assert "pip install 'quart-app[accounts]'" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_without_the_driver_of_postgresql_the_cure_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(ConfigurationError, match=r"quart-app\[postgresql\]"):
        Accounts.from_settings(
            settings(database_url="postgresql://localhost/x"), folder=tmp_path, keys=[b"key"]
        )
