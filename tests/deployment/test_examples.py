"""`quart-app example` prints files with the settings in force filled in, and no secret."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from quart_app.cli import _EXAMPLES, main
from quart_app.cli.example import EXAMPLES
from tests.kit.processes import python

NAMES = sorted(EXAMPLES)

pytestmark = pytest.mark.usefixtures("logging_as_before")


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("QUART_DATA_DIR", str(tmp_path / "data"))
    return monkeypatch


def shown(name: str, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert main(["example", name, *more]) == 0
    return capsys.readouterr().out


def test_all_that_can_be_asked_for_is_there() -> None:
    assert {*EXAMPLES, "errors"} == {*_EXAMPLES}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_to_be_filled_in(
    name: str, settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not re.findall("@[A-Z_]+@", shown(name, capsys))


def test_the_settings_in_force_are_filled_in(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.setenv("QUART_BIND", "127.0.0.1:9000")
    settings.setenv("QUART_TRUSTED_HOSTS", '["localhost", "login.site.example"]')
    settings.setenv("QUART_STREAM_PATH", "/news")
    settings.setenv("QUART_MAX_CONTENT_LENGTH", "1000")
    settings.setenv("QUART_SHUTDOWN_DELAY", "2.5")
    settings.setenv("QUART_LOGIN_REDIRECT", "/100%")

    nginx, caddy, unit = (shown(name, capsys) for name in ("nginx", "caddy", "systemd"))

    assert "server 127.0.0.1:9000;" in nginx
    assert "server_name login.site.example;" in nginx
    assert "location = /news {" in nginx
    assert "client_max_body_size 1000;" in nginx
    assert "reverse_proxy 127.0.0.1:9000 {" in caddy
    assert "Environment=QUART_SHUTDOWN_DELAY=2.5\n" in unit
    assert "Environment=QUART_LOGIN_REDIRECT=/100%%\n" in unit
    assert 'Environment="QUART_TRUSTED_HOSTS=[\\"localhost\\", \\"login.site.example\\"]"\n' in unit


def test_a_proxy_reaches_what_listens_everywhere_on_this_machine(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown("nginx", capsys, "--bind", "0.0.0.0:9000", "--open")

    assert "server 127.0.0.1:9000;" in text


@pytest.mark.parametrize("name", NAMES)
def test_secrets_are_not_in_it(
    name: str, settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.setenv("QUART_SECRET_KEY", "a-key-of-fine-length-that-is-secret")
    settings.setenv("QUART_SESSION_URI", "redis://ada:hush@127.0.0.1:1/2")

    text = shown(name, capsys)

    assert "a-key" not in text
    assert "hush" not in text
    if name == "systemd":
        assert "QUART_SECRET_KEY=…, QUART_SESSION_URI=…" in text or "EnvironmentFile=" in text


def test_the_dashboard_is_json(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert json.loads(shown("grafana", capsys))["title"] == "quart-app"


def test_error_pages_are_written_in_every_language(tmp_path: Path) -> None:
    written = python(
        *("-m", "quart_app", "example", "errors", "--to", str(tmp_path / "pages")),
        environment={"QUART_DATA_DIR": str(tmp_path / "data")},
    )

    names = {file.name for file in (tmp_path / "pages").iterdir()}
    assert {"413.en.html", "429.fr.html", "503.en.html"} <= names
    assert {Path(line).name for line in written.stdout.splitlines()} == names


def test_a_folder_that_cannot_be_is_one_line(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    status = main(["example", "errors", "--to", str(tmp_path / "file")])

    assert status == 1
    assert capsys.readouterr().err.endswith("name another folder with --to\n")


@pytest.mark.parametrize("words", [["errors"], ["nginx", "--to", "."]])
def test_where_is_said_for_error_pages_only(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["example", *words]) == 2
    assert "--to DIR goes with errors" in capsys.readouterr().err
