"""The command itself."""

from __future__ import annotations

import pytest

from quart_app import __version__
from quart_app.cli import main
from tests.kit.processes import python


def test_its_version_is_the_packages() -> None:
    said = python("-m", "quart_app", "--version")

    assert said.returncode == 0
    assert said.stdout == f"quart-app {__version__}\n"


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


@pytest.mark.parametrize(
    "args", [["dance"], ["serve", "--bnd", "x"], ["serve", "--workers", "x"], ["example", "cake"]]
)
def test_wrong_use_is_explained(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status = main(args)

    said = capsys.readouterr().err
    assert status == 2
    assert "Usage: quart-app" in said
    assert "Error: " in said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_to_complete_it(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["completion", shell])

    assert status == 0
    assert "_QUART_APP_COMPLETE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "last", "expected"),
    [("quart-app", "", "serve"), ("quart-app serve", "--wo", "--workers")],
)
def test_it_completes_commands_and_options(words: str, last: str, expected: str) -> None:
    said = python(
        *("-m", "quart_app"),
        environment={
            "_QUART_APP_COMPLETE": "bash_complete",
            "COMP_WORDS": f"{words} {last}",
            "COMP_CWORD": str(len(words.split())),
        },
    )

    assert f"plain,{expected}" in said.stdout.splitlines()
