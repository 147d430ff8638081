"""The walks in the package's pages lead through the code as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "quart_app"
_OF_ACCOUNTS = "A sign-in, step by step"
_STEP = re.compile(r"^( *)\d+\. (~ )?`([\w/]+\.py):([\w.]+)`", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a walk."""

    file: str
    function: str
    crosses: bool
    """Reached by way of something that does not name it."""

    @property
    def name(self) -> str:
        return self.function.rpartition(".")[2]


def walks() -> dict[str, str]:
    text = (PACKAGE / "README.md").read_text().partition("\n## Walks\n")[2]
    _, *parts = re.split(r"^### (.+)$", text, flags=re.MULTILINE)
    of_accounts = (PACKAGE / "accounts/README.md").read_text().partition(f"\n## {_OF_ACCOUNTS}\n")
    return {**dict(zip(parts[::2], parts[1::2], strict=True)), _OF_ACCOUNTS: of_accounts[2]}


def steps(walk: str) -> Iterator[tuple[Step, list[Step]]]:
    """Each, and those that may name it: the one before it in its list, the one above the list."""
    last: dict[int, Step] = {}
    for margin, mark, file, function in _STEP.findall(walk):
        last = {depth: step for depth, step in last.items() if depth <= len(margin)}
        callers = [last[depth] for depth in sorted(last)][-2 if len(margin) in last else -1 :]
        last[len(margin)] = step = Step(file, function, bool(mark))
        yield step, callers


@cache
def definition(file: str, function: str) -> ast.AST | None:
    node: ast.AST | None = ast.parse((PACKAGE / file).read_text())
    for name in function.split("."):
        inside = [] if node is None else getattr(node, "body", [])
        node = next((each for each in inside if getattr(each, "name", None) == name), None)
    return node


def names_in(step: Step) -> set[str]:
    found = definition(step.file, step.function)
    nodes = ast.walk(found) if found is not None else iter(())
    return {getattr(node, "attr", getattr(node, "id", "")) for node in nodes}


@pytest.mark.parametrize("walk", walks())
def test_every_step_is_there_and_is_named_by_the_one_before(walk: str) -> None:
    found = list(steps(walks()[walk]))
    numbers = re.findall(r"^ *\d+\.", walks()[walk], re.MULTILINE)
    absent = [step for step, _ in found if definition(step.file, step.function) is None]
    unnamed = [
        (step, callers)
        for step, callers in found
        if callers and not step.crosses and not any(step.name in names_in(each) for each in callers)
    ]

    assert len(found) == len(numbers) > 0
    assert absent == []
    assert unnamed == []
