"""Where a setting comes from: options, then the environment, then a file; and `quart-app settings`
tells which."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from quart_app.errors import ConfigurationError
from quart_app.settings.names import CLASSES, OURS
from tests.cli.conftest import Command
from tests.kit.processes import Program


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], tuple[str, str]]:
    """Writes one, and says how it is given."""

    def write(text: str) -> tuple[str, str]:
        (tmp_path / "site.toml").write_text(text)
        return "--config", str(tmp_path / "site.toml")

    return write


File = Callable[[str], tuple[str, str]]


def told(command: Command, *args: str) -> dict[str, dict[str, str]]:
    ended = command("settings", "--json", *args)
    assert ended.status == 0, ended.err
    found: dict[str, dict[str, str]] = json.loads(ended.out)
    return found


@pytest.mark.parametrize(
    "odd",
    [
        *([], [1], ["a", 1], [[]], [None], {}, {"a": [1]}, set(), (1,), object(), int, b"", b"x"),
        *("", " ", "²", "٣", "\0", "\ud800", "x" * 10_000, ":", "unix:", "a:99999", "http://["),
        *(-1, 0, 1.5, math.nan, math.inf, 10**400, timedelta.max, timedelta(-1), True),
    ],
    ids=lambda odd: repr(odd)[:20],
)
def test_no_value_of_a_setting_ends_in_a_traceback(odd: object) -> None:
    for settings in CLASSES:
        for name in OURS:
            with suppress(ConfigurationError):
                assert settings.from_config({name: odd}) is not None


def test_every_setting_is_listed_once(command: Command) -> None:
    lines = command("settings").out.splitlines()

    assert [line.split()[0] for line in lines] == list(OURS)
    assert all(len(line.split(maxsplit=2)) == 3 for line in lines)


def test_each_comes_from_where_it_is_said(
    command: Command, environment: pytest.MonkeyPatch, file: File
) -> None:
    environment.setenv("QUART_LOGIN_REDIRECT", "/user")
    environment.setenv("QUART_WORKERS", "2")
    path = file('login_redirect = "/"\nHEAD_TIMEOUT = 5\nsession_permanent = true')

    found = told(command, *path, "--workers", "3")

    assert found["LOGIN_REDIRECT"] == {"value": "/user", "from": "QUART_LOGIN_REDIRECT"}
    assert found["WORKERS"] == {"value": "3", "from": "--workers"}
    assert found["HEAD_TIMEOUT"] == {"value": "5 seconds", "from": path[1]}
    assert found["SESSION_PERMANENT"] == {"value": "True", "from": path[1]}
    assert found["BIND"] == {"value": "127.0.0.1:8000", "from": "default"}
    assert found["TRUSTED_HOSTS"]["from"] == "serve"


def test_an_application_of_ones_own_is_a_source(command: Command) -> None:
    found = told(command, "tests.cli.programs.own:app")

    assert found["SESSION_TYPE"] == {"value": "memory", "from": "the application"}


def test_secrets_are_not_shown(command: Command, file: File) -> None:
    path = file(
        'secret_key = "a-key-of-fine-length-that-is-secret"\n'
        'secret_key_fallbacks = ["a-key-of-fine-length-that-was-secret"]\n'
        'session_uri = "redis://ada:hush@127.0.0.1:1/2"\n'
    )

    said = command("settings", *path).out + command("settings", "--json", *path).out

    assert "a-key" not in said
    assert "hush" not in said


def test_a_file_is_in_force(tmp_path: Path, file: File) -> None:
    path = file(f'bind = "127.0.0.1:0"\nhome_public = "yes"\ndata_dir = "{tmp_path / "data"}"')

    with Program.running("quart_app", "serve", *path) as program:
        home = httpx.get(program.url)

    assert home.status_code == 200
    assert (tmp_path / "data" / "secret_key").exists()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("session_tipe = 'redis'", "SESSION_TIPE is no setting: did you mean SESSION_TYPE?"),
        ("[session]\ntype = 'redis'", "SESSION is no setting"),
        ("bind", "is no TOML"),
        ("workers = 'many'", "WORKERS is 'many': set it to"),
    ],
)
def test_a_file_that_cannot_be_meant_is_one_line(
    text: str, complaint: str, command: Command, file: File
) -> None:
    ended = command("check", *file(text))

    assert ended.status == 1
    assert complaint in ended.err
    assert ended.err.count("\n") == 1


def test_a_file_that_is_not_there_is_one_line(command: Command, tmp_path: Path) -> None:
    ended = command("serve", "--config", str(tmp_path / "site.toml"))

    assert ended.status == 1
    assert ended.err.endswith("(No such file or directory): set --config to a TOML file\n")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_variable_that_is_none_of_ours_is_named_at_the_start(
    workers: str, tmp_path: Path
) -> None:
    options = ("--bind", "127.0.0.1:0", "--workers", workers, "--data-dir", str(tmp_path))
    mistyped = {"QUART_SESION_TYPE": "redis"}
    with Program.running("quart_app", "serve", *options, environment=mistyped) as program:
        assert program.port
        program.complains("QUART_SESION_TYPE is no setting: did you mean QUART_SESSION_TYPE?")


def test_a_strict_check_fails_on_what_is_unwise(
    command: Command, environment: pytest.MonkeyPatch
) -> None:
    before = command("check", "--strict").status
    environment.setenv("QUART_SESSION_SEALED", "off")

    assert before == 0
    assert command("check").status == 0
    assert command("check", "--strict").status == 3


def test_a_check_in_json_says_the_same(
    command: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("QUART_SESSION_SEALED", "off")

    found = json.loads(command("check", "--json", "--bind", "127.0.0.1:0").out)

    assert "SESSION_SEALED = False" in found["configured otherwise than by default"]
    assert found["unwise"] == [
        "SESSION_SEALED is off, so whoever reads the store reads the sessions: turn it on"
    ]
    assert found["kept"][0] == f"data in {tmp_path / 'data'}"
    assert found["result"] == "could serve on 127.0.0.1:0"
