"""The files that the server's readme shows, with the addresses and paths of a test put in."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from tests.readme import SERVER, code_blocks

HOST = "login.example.org"
PROGRAM = "/opt/quart_app/.venv/bin/quart-app"


def example(language: str, replaced: Mapping[str, str]) -> str:
    """The readme's file in this language. Everything that is to be replaced is in it."""
    (text,) = code_blocks(SERVER.read_text(), language)
    for before, after in replaced.items():
        assert before in text, f"the readme's {language} has no {before}"
        text = text.replace(before, after)
    return text


@dataclass(frozen=True, slots=True)
class Unit:
    """What a service manager does with the unit."""

    text: str

    @classmethod
    def shown(cls) -> Unit:
        return cls(example("ini", {}))

    def command(self, name: str, replaced: Mapping[str, str]) -> list[str]:
        """One of it, with our program in place of the installed one."""
        (line,) = self._values(name)
        for before, after in {PROGRAM: f"{sys.executable} -m quart_app", **replaced}.items():
            line = line.replace(before, after)
        return shlex.split(line)

    def environment(self, replaced: Mapping[str, str]) -> dict[str, str]:
        """What its process gets, all of which is there."""
        pairs = (line.partition("=") for line in self._values("Environment"))
        given = {name: value for name, _, value in pairs}
        assert replaced.keys() <= given.keys()
        return {**given, **replaced}

    def _values(self, name: str) -> list[str]:
        lines = (line.partition("=") for line in self.text.splitlines())
        return [value for key, _, value in lines if key == name]
