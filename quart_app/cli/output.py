"""What the command prints. For what only tells of it, a closed pipe, a full disk or a terminal of
few letters is no reason to fail."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO


def escaped(text: str) -> str:
    """On one line, without what moves a terminal's cursor or turns the reading direction."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


def take_any_letter() -> None:
    """Names of folders may have letters that the terminal's encoding has not."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class CutShort(Exception):
    """Data has not arrived whole; says why, unless whoever reads has had enough."""


def put(*lines: str) -> None:
    """Data to standard output. Raises `CutShort`."""
    if sys.stdout is None:
        raise CutShort("standard output is closed")
    try:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
    except OSError as exc:
        # Else Python would try again at the end, and fail in its own words.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CutShort("" if isinstance(exc, BrokenPipeError) else exc.strerror) from exc


def say(*lines: str) -> None:
    """To standard output."""
    _write(sys.stdout, lines)


def complain(line: str) -> None:
    """To standard error, in the command's name."""
    _write(sys.stderr, (f"quart-app: {line}",))


def _write(stream: TextIO | None, lines: tuple[str, ...]) -> None:
    # There is none where a service was started with it closed.
    if stream is not None:
        with suppress(OSError):
            stream.write("".join(f"{escaped(line)}\n" for line in lines))
            stream.flush()
