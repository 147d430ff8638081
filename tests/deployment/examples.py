"""The files that `quart-app example` prints, with the ports and paths of a test put in."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from tests.kit.processes import python

HOST = "login.example.org"
_PROGRAM = re.compile(r"[^\s=]*quart-app(?= serve)")


def example(name: str, replaced: Mapping[str, str], *, bind: str = "127.0.0.1:8000") -> str:
    """The file, for a server that listens there. Everything that is to be replaced is in it."""
    said = python("-m", "quart_app", "example", name, environment={"QUART_BIND": bind})
    assert said.returncode == 0, said.stderr
    text = said.stdout
    for before, after in replaced.items():
        assert before in text, f"the example {name} has no {before}"
        text = text.replace(before, after)
    return text


@dataclass(frozen=True, slots=True)
class Unit:
    """What a service manager does with the unit."""

    text: str

    @classmethod
    def shown(cls) -> Unit:
        return cls(example("systemd", {}))

    @property
    def with_our_program(self) -> str:
        """The unit for a program that is there."""
        return _PROGRAM.sub(sys.executable, self.text)

    def command(self, name: str, replaced: Mapping[str, str]) -> list[str]:
        """One of it, with our program in place of the installed one."""
        (line,) = self._values(name)
        line = _PROGRAM.sub(f"{sys.executable} -m quart_app", line)
        for before, after in replaced.items():
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


@dataclass(frozen=True, slots=True)
class Container:
    """What an engine does with the Containerfile."""

    text: str

    @classmethod
    def shown(cls) -> Container:
        return cls(example("container", {}))

    @property
    def environment(self) -> dict[str, str]:
        pairs = (line.partition("=") for line in self._values("ENV"))
        return {name: value for name, _, value in pairs}

    @property
    def command(self) -> list[str]:
        """What it runs, with our program in place of the installed one."""
        (line,) = self._values("CMD")
        program, *words = json.loads(line)
        assert program == "quart-app"
        return [sys.executable, "-m", "quart_app", *words]

    @property
    def health_check(self) -> list[str]:
        (line,) = self._values("HEALTHCHECK")
        words: list[str] = json.loads(line.removeprefix("CMD "))
        return [sys.executable, *words[1:]]

    def _values(self, name: str) -> list[str]:
        lines = (line.partition(" ") for line in self.text.splitlines())
        return [value for key, _, value in lines if key == name]
