"""What the command prints; a closed pipe, a full disk or a terminal of few letters is no
reason to fail."""

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


def put(line: str) -> None:
    """One line of data to standard output. Raises `OSError`: cut short, they would not be what was
    asked for."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        # Else Python would try again at the end, and fail in its own words.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


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
