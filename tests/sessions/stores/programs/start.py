"""Starts the programs beside this file, each a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import IO

from tests.kit.processes import ROOT

_LONGEST_RUN_SECONDS = 60.0


@contextmanager
def running(program: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A program with pipes to it and from it; it does not outlive the block."""
    module = f"tests.sessions.stores.programs.{program}"
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def obeying(where: object) -> AbstractContextManager[subprocess.Popen[str]]:
    """A process that uses the store there and does as it is told."""
    return running("obeys", where)


def said_by_all(*programs: Sequence[object]) -> list[str]:
    """What each of several programs writes, that run at the same time, until it ends well."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(running(str(name), *arguments)) for name, *arguments in programs
        ]
        return [rest(process) for process in processes]


def rest(process: subprocess.Popen[str]) -> str:
    """What a program still writes until it ends well."""
    said, _ = process.communicate(timeout=_LONGEST_RUN_SECONDS)
    assert process.returncode == 0, said
    return said


def stream(end: IO[str] | None) -> IO[str]:
    """One end of a pipe that is known to be there."""
    assert end is not None
    return end


def tell(process: subprocess.Popen[str], *words: object) -> None:
    """Send one line."""
    pipe = stream(process.stdin)
    pipe.write(" ".join(map(str, words)) + "\n")
    pipe.flush()


def ask(process: subprocess.Popen[str], *words: object) -> str:
    """Send one line, if there are words, and wait for one."""
    if words:
        tell(process, *words)
    return stream(process.stdout).readline().strip()
