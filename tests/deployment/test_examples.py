"""`quart-app example` prints files with the settings in force filled in, and no secret."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from quart_app.cli import _EXAMPLES, main
from quart_app.cli.example import EXAMPLES
from tests.kit.processes import ROOT, python

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
    settings.setenv("QUART_LOGIN_PREFIX", "/account")
    settings.setenv("QUART_MAX_CONTENT_LENGTH", "1000")
    settings.setenv("QUART_SHUTDOWN_DELAY", "2.5")
    settings.setenv("QUART_LOGIN_REDIRECT", "/100%")

    nginx, caddy, unit = (shown(name, capsys) for name in ("nginx", "caddy", "systemd"))

    assert "server 127.0.0.1:9000;" in nginx
    assert "server_name login.site.example;" in nginx
    assert "location = /account/login {" in nginx
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


@pytest.mark.parametrize(
    ("url", "extras"),
    [
        (None, "[metrics,redis,uvloop]"),
        ("sqlite:////srv/accounts", "[accounts,metrics,redis,uvloop]"),
        ("postgresql://host/accounts", "[accounts,metrics,postgresql,redis,uvloop]"),
    ],
)
def test_the_container_has_the_extras_that_the_settings_need(
    url: str | None,
    extras: str,
    settings: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if url is not None:
        settings.setenv("QUART_LOGIN_MODE", "password")
        settings.setenv("QUART_DATABASE_URL", url)

    assert f"'/usr/src/quart-app{extras}'" in shown("container", capsys)


def test_an_application_of_ones_own_is_found_where_it_lies(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.setenv("QUART_WORKERS", "3")
    target = "tests.cli.programs.own:app"

    unit, container = (shown(name, capsys, target) for name in ("systemd", "container"))

    assert f"WorkingDirectory={ROOT}\nExecStart=" in unit
    servers, its_own = unit.split(f"# For {target}, if it calls app.config.from_prefixed_env()\n")
    assert "QUART_WORKERS=3\n" in servers
    assert "QUART_SESSION_COOKIE_SECURE=true\n" in its_own
    assert f"# COPY the code of {target} too" in container
    assert "urlopen(Request('http://127.0.0.1:8000/', " in container
    assert "WorkingDirectory" not in shown("systemd", capsys)


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


def test_error_pages_have_the_languages_and_the_logo_of_the_site(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "logo.png").write_bytes(b"a picture")
    main(["translate", "de", str(tmp_path / "locales")])
    settings.setenv("QUART_SITE_LOGO", str(tmp_path / "logo.png"))
    settings.setenv("QUART_LOCALE_DIR", str(tmp_path / "locales"))
    settings.setenv("QUART_DEFAULT_LANGUAGE", "de")

    assert main(["example", "errors", "--to", str(tmp_path / "pages")]) == 0
    page = (tmp_path / "pages" / "503.de.html").read_text()
    nginx = shown("nginx", capsys)

    assert "data:image/png;base64,YSBwaWN0dXJl" in page
    assert "default de;\n    ~*^en en;\n    ~*^fr fr;\n" in nginx


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
