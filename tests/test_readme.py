"""What the readme says is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from quart_app.sessions import Session
from quart_app.testing import FakeClock
from tests.readme import README, code_blocks, generated, part

TEXT = README.read_text()


@pytest.mark.parametrize("name", generated())
def test_the_tables_are_those_of_the_code(name: str) -> None:
    assert part(TEXT, name) == generated()[name], "run python -m tests.readme"


def test_the_first_example_has_fourteen_lines() -> None:
    first, *_ = code_blocks(TEXT, "python")

    assert len([line for line in first.splitlines() if line.strip()]) == 14


async def test_the_first_example_signs_in_and_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module: dict[str, Any] = {"__name__": "example", "__file__": str(tmp_path / "example.py")}
    source = code_blocks(TEXT, "python")[0]
    exec(compile(source, module["__file__"], "exec"), module)  # noqa: S102 - it is our readme
    app = module["app"]
    app.config["SESSION_FILE_DIR"] = str(tmp_path / "sessions")
    Session(app)
    browser = app.test_client()

    before = await (await browser.get("/")).get_data(as_text=True)
    await browser.post("/", form={"name": "Ada"})
    signed_in = await (await browser.get("/")).get_data(as_text=True)
    await browser.get("/logout")
    after = await (await browser.get("/")).get_data(as_text=True)

    assert "<form" in before
    assert "Ada" in signed_in
    assert after == before


@pytest.mark.parametrize("source", code_blocks(TEXT, "python"))
def test_every_example_is_python(source: str) -> None:
    # Examples may await at the top, as the handlers that they are taken from do.
    body = "".join(f"    {line}\n" for line in source.splitlines())
    compile(f"async def example():\n{body}", "readme", "exec")


def test_every_command_named_exists() -> None:
    modules = set(re.findall(r"python -m (tests[.\w]*)", TEXT))

    assert {"tests.bench", "tests.promises"} <= modules
    for module in modules:
        path = README.parent / module.replace(".", "/")
        assert (path / "__main__.py").exists() or path.with_suffix(".py").exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(tests/[\w/.]+)`", TEXT))))
def test_every_test_named_exists(path: str) -> None:
    assert (README.parent / path).exists()


def test_the_clock_of_the_testing_section_turns() -> None:
    clock = FakeClock()
    before = clock()

    clock.advance(minutes=31)

    assert clock() == before + 31 * 60
