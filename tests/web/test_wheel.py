"""What is installed from the wheel, away from the checkout, is the whole application."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from quart_app import __version__
from tests.kit.processes import ROOT, Program
from tests.kit.servers import login_pages

FOLDERS = ("quart_app", "templates", "static")
# Neither is the package's: what a build or an editor leaves behind.
LEFT_BEHIND = ("__pycache__", ".pyc", ".orig", ".swp", "~")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in this environment: a build of its own would need the network."""
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new virtual environment: what the package needs is lent to it by the
    one that runs this, after its own, so that nothing of the checkout is found."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    with ZipFile(wheel) as archive:
        archive.extractall(packages)
    lent = sysconfig.get_path("purelib")
    (packages / "lent.pth").write_text(f"{lent}\n")
    return python


def test_the_wheel_has_the_version_that_the_package_says(wheel: Path) -> None:
    assert wheel.name.startswith(f"quart_app-{__version__}-")


def test_the_wheel_holds_the_package_with_all_its_files_and_nothing_else(wheel: Path) -> None:
    expected = {
        file.relative_to(ROOT).as_posix()
        if folder == "quart_app"
        else f"quart_app/{file.relative_to(ROOT).as_posix()}"
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and not any(mark in str(file.relative_to(ROOT)) for mark in LEFT_BEHIND)
    }

    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert names == expected
    assert {"quart_app/py.typed", "quart_app/templates/login/login.html"} <= names
    assert "quart_app/locales/fr/LC_MESSAGES/messages.po" in names


def test_the_wheel_tells_its_licence_and_its_command(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        told = {
            name.partition(".dist-info/")[2]: archive.read(name).decode()
            for name in archive.namelist()
            if ".dist-info/" in name
        }

    assert "License-Expression: MIT" in told["METADATA"]
    assert "licenses/LICENSE" in told
    assert "quart-app = quart_app.cli:main" in told["entry_points.txt"]


def test_a_clean_environment_serves_the_pages(installed: Path, wheel: Path, tmp_path: Path) -> None:
    away = {"PYTHONPATH": "", "PYTHONSAFEPATH": "1"}
    where = subprocess.run(
        [str(installed), "-c", "import quart_app; print(quart_app.__file__)"],
        cwd=tmp_path,
        env={**os.environ, **away},
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    with (
        login_pages(tmp_path, by=(str(installed), "-m"), cwd=tmp_path, environment=away) as site,
        httpx.Client(base_url=site.url, follow_redirects=True) as reader,
    ):
        form = reader.get("/", headers={"Accept-Language": "fr"})
        style = reader.get("/static/style.css")
        icon = reader.get("/static/icon.svg")
        greeting = reader.post("/login", data={"name": "Ada"})
        nothing = reader.get("/nothing")

    assert Path(where.strip()).is_relative_to(installed.parents[1])
    assert "Se connecter" in form.text
    assert style.content == ZipFile(wheel).read("quart_app/static/style.css")
    assert icon.headers["content-type"].startswith("image/svg+xml")
    assert "You are logged in as <bdi>Ada</bdi>." in greeting.text
    assert "There is no such page" in nothing.text


def test_data_do_not_lie_in_the_virtual_environment(installed: Path, tmp_path: Path) -> None:
    environment = {
        **{"PYTHONPATH": "", "PYTHONSAFEPATH": "1"},
        **{"XDG_STATE_HOME": str(tmp_path / "state")},
    }
    words = ("quart_app", "serve", "--bind", "127.0.0.1:0")
    by = (str(installed), "-m")

    with Program.running(*words, by=by, cwd=tmp_path, environment=environment) as program:
        program.answers()

    assert f"in files under {tmp_path / 'state' / 'quart_app' / 'sessions'}\n" in program.out
    assert (tmp_path / "state" / "quart_app" / "secret_key").exists()
    assert not (installed.parents[1] / "var").exists()
