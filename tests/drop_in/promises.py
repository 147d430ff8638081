"""How the tables say what becomes of another suite's promise."""

from __future__ import annotations

from typing import NamedTuple


class Promise(NamedTuple):
    """One test of theirs, or several that promise the same."""

    theirs: str
    verdict: str
    tests: tuple[str, ...]
    """Ours that keep it: `test_name` in this folder, or `tests/folder/test_file.py::test_name`."""
    words: str


def kept(theirs: str, *tests: str) -> Promise:
    """It holds as it stands there."""
    return Promise(theirs, "kept", tests, "")


def otherwise(theirs: str, *tests: str, how: str) -> Promise:
    """What it is there for holds, by another way."""
    return Promise(theirs, "otherwise", tests, how)


def not_kept(theirs: str, *tests: str, why: str) -> Promise:
    """It does not hold, or means nothing here. A test, if there is one, shows what holds."""
    return Promise(theirs, "not kept", tests, why)


def table(whose: str, promises: tuple[Promise, ...]) -> str:
    """All of them, for a readme."""
    rows = [f"| {whose} | | here |", "|---|---|---|"]
    for promise in promises:
        named = ", ".join(f"`{name}`" for name in promise.tests)
        here = ": ".join(filter(None, (promise.words, named)))
        rows.append(f"| {promise.theirs} | {promise.verdict} | {here} |")
    return "\n".join(rows)
