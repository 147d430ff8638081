"""Where data lie by default: never in a virtual environment, unless they are there already."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from quart_app.settings import SessionSettings
from quart_app.settings.folders import data_folder, sessions_folder
from tests.kit.processes import Program


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's state folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A virtual environment, which this Python takes for its own."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    return tmp_path / "venv"


def folder(instance: Path, *, data_dir: Path | None = None) -> Path:
    return data_folder(SessionSettings(data_dir=data_dir), instance_path=str(instance))


def test_not_in_a_virtual_environment(state: Path, environment: Path) -> None:
    instance = environment / "var" / "quart_app-instance"

    assert folder(instance) == state / "quart_app"
    assert not state.exists(), "it is made when there is something to keep"


def test_an_application_beside_its_code_keeps_its_instance_folder(
    state: Path, environment: Path, tmp_path: Path
) -> None:
    assert folder(tmp_path / "instance") == tmp_path / "instance"


def test_a_setting_wins(state: Path, environment: Path, tmp_path: Path) -> None:
    instance = environment / "var" / "quart_app-instance"

    assert folder(instance, data_dir=tmp_path / "data") == tmp_path / "data"
    sessions = sessions_folder(
        SessionSettings(file_dir=tmp_path / "files"), instance_path=str(instance)
    )
    assert sessions == tmp_path / "files"


def test_two_applications_have_a_folder_each(state: Path, environment: Path) -> None:
    shop, blog = (environment / "var" / f"{name}-instance" for name in ("shop", "blog"))

    assert (folder(shop), folder(blog)) == (state / "shop", state / "blog")


def test_serve_says_where(tmp_path: Path) -> None:
    words = ("serve", "--bind", "127.0.0.1:0", "--data-dir", str(tmp_path))
    elsewhere = {"QUART_SESSION_FILE_DIR": str(tmp_path / "elsewhere" / "files")}
    with Program.running("quart_app", *words, environment=elsewhere) as program:
        assert program.port

    assert f"sessions are kept in files under {tmp_path / 'elsewhere' / 'files'}\n" in program.out
    assert f"other data is kept in {tmp_path}\n" in program.out
