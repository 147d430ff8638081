"""The tables of `tests/README.md`. `python -m tests.drop_in.readme` writes them anew."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.drop_in.django_promises import DJANGO
from tests.drop_in.express_promises import EXPRESS
from tests.drop_in.promises import table
from tests.readme import with_part

TESTS = Path(__file__).parents[1]
README = TESTS / "README.md"


def tables() -> dict[str, str]:
    """What stands between `<!-- NAME -->` and `<!-- /NAME -->`."""
    return {"django": table("Django's", DJANGO), "express": table("express-session's", EXPRESS)}


def folders() -> list[str]:
    """Those that hold tests, or what measures."""
    return sorted(init.parent.name for init in TESTS.glob("*/__init__.py"))


def folders_told_of(text: str) -> list[str]:
    """Those that the readme has a line for."""
    return re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)


def there_is(test: str) -> bool:
    """Whether there is a test by this name."""
    path, _, name = test.rpartition("::")
    if path:
        return name in _tests_in(TESTS.parent / path)
    return any(name in _tests_in(file) for file in Path(__file__).parent.glob("test_*.py"))


@cache
def _tests_in(file: Path) -> frozenset[str]:
    nodes = ast.walk(ast.parse(file.read_text()))
    return frozenset(
        node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def main() -> None:
    text = README.read_text()
    for name, now in tables().items():
        text = with_part(text, name, now)
    README.write_text(text)


if __name__ == "__main__":
    main()
