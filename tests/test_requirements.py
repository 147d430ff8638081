"""Each requirement of `requirements.py` names tests that there are."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.requirements import NOT_HERE, PROVED

TESTS = Path(__file__).parent
NUMBERED = re.compile(r"[VNC]\d+(\.\d+)+(, [VNC]\d+(\.\d+)*)*: ")


@cache
def names_in(file: str) -> set[str]:
    nodes = ast.walk(ast.parse((TESTS / file).read_text()))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {each.name for each in nodes if isinstance(each, kinds)}


@pytest.mark.parametrize("requirement", PROVED)
def test_what_is_required_has_a_test(requirement: str) -> None:
    assert PROVED[requirement]
    for test in PROVED[requirement]:
        file, _, name = test.partition("::")
        assert name in names_in(file), f"{test} is not there: which one proves it now?"


@pytest.mark.parametrize("requirement", [*PROVED, *NOT_HERE])
def test_each_says_whose_requirement_it_is(requirement: str) -> None:
    assert NUMBERED.match(requirement)
