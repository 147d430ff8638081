"""The examples of all pages are programs: they run, and type checkers find nothing in them."""

from __future__ import annotations

import asyncio
import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from quart_app.testing import Client, signed_in_client
from tests.kit.processes import python
from tests.kit.programs import missing
from tests.readme import PAGES, README, code_blocks, programs

BEFORE = Path(__file__).parent / "before"
# It serves until it is stopped, at an address that may be taken here.
NOT_RUN = ("server1",)
FIRST = "first_page"


def _programs() -> dict[str, str]:
    found = {}
    for page in PAGES:
        text = page.read_text()
        if code_blocks(text, "python"):
            name = FIRST if page == README else page.parent.name
            before = BEFORE / f"{name}.py"
            taken = before.read_text() if before.exists() else ""
            for number, source in enumerate(programs(text, before=taken), 1):
                found[f"{name}{number}"] = source
    return found


PROGRAMS = _programs()
TESTS = [
    name
    for name, each in PROGRAMS.items()
    if re.search("^(async def test_|class Test)", each, re.M)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader has saved them."""
    folder = tmp_path_factory.mktemp("programs")
    for name, source in PROGRAMS.items():
        (folder / f"{name}.py").write_text(source)
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
    # The other is stricter by default than pyright itself. A value that is only named is shown.
    (folder / "pyrightconfig.json").write_text(
        '{"typeCheckingMode": "standard", "reportUnusedExpression": false}'
    )

    said = said_by(folder, "basedpyright", "--pythonpath", sys.executable)

    assert "0 errors, 0 warnings" in said, said


@pytest.mark.parametrize("name", [each for each in PROGRAMS if each not in NOT_RUN])
async def test_each_runs_and_so_do_the_examples_in_it(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(folder)
    # In a thread: an application may read files where it is made.
    program = await asyncio.to_thread(importlib.import_module, name)
    monkeypatch.delitem(sys.modules, program.__name__)
    run = getattr(program, "run", _in_a_request_of_ada(program))

    for example in _all_in(program, "example"):
        await run(example)


async def test_the_tests_of_the_first_page_pass(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(folder)
    for name in (each for each in TESTS if each.startswith(FIRST)):
        program = await asyncio.to_thread(importlib.import_module, name)
        monkeypatch.delitem(sys.modules, program.__name__)
        async with Client(program.app):
            for test in _all_in(program, "test_"):
                await test(program.app)


@pytest.mark.parametrize("name", [each for each in TESTS if not each.startswith(FIRST)])
def test_the_tests_of_other_pages_pass(name: str, folder: Path) -> None:
    shutil.copy(BEFORE / "conftest.py", folder)

    run = python("-m", "pytest", "-q", "-o", "asyncio_mode=auto", f"{name}.py", cwd=folder)

    assert run.returncode == 0, run.stdout
    assert " passed" in run.stdout


def test_there_are_tests_among_them() -> None:
    assert {name.rstrip("0123456789") for name in TESTS} == {FIRST, "sessions", "testing"}


def _all_in(program: ModuleType, prefix: str) -> list[Callable[..., Awaitable[None]]]:
    return [each for name, each in vars(program).items() if name.startswith(prefix)]


def _in_a_request_of_ada(program: ModuleType) -> Callable[[Any], Awaitable[None]]:
    async def run(example: Callable[[], Awaitable[None]]) -> None:
        path = f"/{example.__name__}"

        async def answer() -> str:
            await example()
            return "done"

        program.app.add_url_rule(path, path, answer)
        ada = await signed_in_client(program.app, "Ada")
        assert (await ada.get(path, raises=True)).text() == "done"

    return run
