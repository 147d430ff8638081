"""The command itself."""

from __future__ import annotations

import tomllib

import pytest

from quart_app.cli import main
from tests.kit.processes import ROOT, python


def test_its_version_is_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    said = python("-m", "quart_app", "--version")

    assert said.returncode == 0
    assert said.stdout == f"quart-app {project['version']}\n"


def test_help_does_not_load_the_application() -> None:
    program = (
        "import sys, quart_app.cli\n"
        "try: quart_app.cli.main(['serve', '--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert not {'quart', 'hypercorn', 'werkzeug', 'asyncio'} & set(sys.modules)"
    )

    said = python("-c", program)

    assert said.returncode == 0, said.stderr
    assert "--bind HOST:PORT" in said.stdout


@pytest.mark.parametrize("args", [[], ["dance"], ["serve", "--bnd", "x"]])
def test_wrong_use_is_explained(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(args)

    assert end.value.code == 2
    assert "usage: quart-app" in capsys.readouterr().err
