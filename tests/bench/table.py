"""Printing what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table in Markdown."""
    lines = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    printed = [
        " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        for cells in lines
    ]
    printed.insert(1, "-|-".join("-" * width for width in widths))
    print(f"\n{title}\n")
    print("\n".join(f"| {line} |" for line in printed), flush=True)
