"""The examples of the first page are programs: they run, and type checkers find nothing in them."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from quart_app.testing import Client
from tests.kit.programs import missing
from tests.readme import README, programs

PROGRAMS = dict(enumerate(programs(README.read_text()), 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader has saved them."""
    folder = tmp_path_factory.mktemp("first_page")
    for number, source in PROGRAMS.items():
        (folder / f"program{number}.py").write_text(source)
    return folder


def said_by(folder: Path, checker: str, *options: str) -> str:
    """What a type checker has to say of them."""
    command = [str(Path(sys.executable).with_name(checker)), *options, "."]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return run.stdout + run.stderr


def test_mypy_finds_nothing_in_its_strict_mode(folder: Path) -> None:
    (folder / "mypy.ini").write_text("[mypy]\nstrict = True\n")

    said = said_by(folder, "mypy")

    assert said.startswith("Success: no issues found"), said


def test_pyright_finds_nothing(folder: Path) -> None:
    if find_spec("basedpyright") is None:
        missing("no pyright here: pip install basedpyright")
    # The other is stricter by default than pyright itself.
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')

    said = said_by(folder, "basedpyright", "--pythonpath", sys.executable)

    assert "0 errors, 0 warnings" in said, said


@pytest.mark.parametrize("number", PROGRAMS)
async def test_each_runs_and_so_do_the_tests_in_it(
    number: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(folder)
    # In a thread: an application may read files where it is made.
    program = await asyncio.to_thread(importlib.import_module, f"program{number}")
    monkeypatch.delitem(sys.modules, program.__name__)
    tests = [each for name, each in vars(program).items() if name.startswith("test_")]

    async with Client(program.app):
        for test in tests:
            await test(program.app)


def test_there_is_a_test_among_them() -> None:
    assert any("async def test_" in source for source in PROGRAMS.values())
