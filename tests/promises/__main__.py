"""`python -m tests.promises` prints which session library keeps which promise."""

from __future__ import annotations

import argparse
import sys
import warnings

from tests.promises.adapter import NotInstalled
from tests.promises.libraries import NEIGHBOURS, OURS, Library
from tests.promises.libraries.redis_server import serving
from tests.promises.promise import Promise
from tests.promises.trial import Verdict, try_all

LAST_LINES = 8
# More are worth the time before a release.
EXAMPLES = 100

Verdicts = dict[Promise, Verdict]


def main() -> None:
    """Try every library, print the table, and under it how each promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.promises", description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="random schedules for ours")
    parser.add_argument("--only", default="", help="libraries whose name contains this")
    options = parser.parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)
    libraries = [
        library for library in (*OURS, *NEIGHBOURS) if options.only.lower() in library.title.lower()
    ]
    with serving():
        # The others break enough in the plainest stories. A promise that the model blames a long
        # random one for could be the wrong one of several, and that would not be fair.
        examples = {library: options.examples if library in OURS else 0 for library in libraries}
        results = {library: _try(library, examples[library]) for library in libraries}
    _say(*_table(results), "", *_notes(results))


def _try(library: Library, examples: int) -> Verdicts | str:
    try:
        return try_all(library.mount, examples=examples)
    except NotInstalled as exc:
        return str(exc)


def _table(results: dict[Library, Verdicts | str]) -> list[str]:
    widths = [max(len(library.title), 11) for library in results]
    first = max(len(promise.title) for promise in Promise)
    rows = [
        ["promise", *(library.title for library in results)],
        ["", *(library.version for library in results)],
    ]
    notes = _numbers(results)
    for promise in Promise:
        cells = [_cell(found, promise, notes.get((lib, promise))) for lib, found in results.items()]
        rows.append([promise.title, *cells])
    lines = ["  ".join(_fit(row, [first, *widths])).rstrip() for row in rows]
    return [*lines[:2], "-" * max(map(len, lines)), *lines[2:]]


def _fit(row: list[str], widths: list[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]


def _cell(found: Verdicts | str, promise: Promise, note: int | None) -> str:
    if isinstance(found, str):
        return "not there"
    kept = found[promise].kept
    if kept is None:
        return "-"
    return "kept" if kept else f"BROKEN [{note}]"


def _numbers(results: dict[Library, Verdicts | str]) -> dict[tuple[Library, Promise], int]:
    broken = [
        (library, promise)
        for promise in Promise
        for library, found in results.items()
        if not isinstance(found, str) and found[promise].kept is False
    ]
    return {cell: number for number, cell in enumerate(broken, start=1)}


def _notes(results: dict[Library, Verdicts | str]) -> list[str]:
    lines = [
        "-  the library has nothing that could break it, no call for a new token, no clock; or the"
        " story cannot be told with it here: an answer of its store that is lost",
        "guessing  the application has not said which entry names its user: nothing is promised of"
        " takeovers then",
    ]
    for library, found in results.items():
        if isinstance(found, str):
            lines.append(f"not there  {library.title}: {found}")
    for (library, promise), number in _numbers(results).items():
        found = results[library]
        assert not isinstance(found, str)
        verdict = found[promise]
        lines += ["", f"[{number}] {library.title}: {promise.title}", f"    {promise.meaning}"]
        hidden = len(verdict.story) - LAST_LINES
        if hidden > 0:
            lines.append(f"      ... after {hidden} more")
        lines += [f"      {line}" for line in verdict.story[-LAST_LINES:]]
        lines.append(f"    {verdict.why}")
    return lines


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
