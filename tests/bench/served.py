"""A server in a process of its own, on a core of its own."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.kit.processes import Program
from tests.kit.programs import needed

_MEMORY = Path("/dev/shm")  # noqa: S108  # every name below it is a fresh one


def python(*words: str) -> tuple[str, ...]:
    """A command that this interpreter runs."""
    return (sys.executable, *words)


def cores() -> tuple[int, int]:
    """For a server and for its clients."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def allow_many_descriptors() -> None:
    """To this process and those it starts."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def in_memory() -> Path | None:
    """Where files lie in memory: what a disk takes to make one can change fiftyfold from one hour
    to the next."""
    return _MEMORY if _MEMORY.is_dir() else None


@contextmanager
def served(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, core: int
) -> Iterator[Program]:
    """`{port}` in the command is filled in."""
    pinned = (needed("taskset", package="util-linux"), "-c", str(core))
    with Program.running(*command, by=pinned, environment=environment) as program:
        program.listens()
        yield program
