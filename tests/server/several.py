"""Two workers and their supervisor, as a test sees them from outside."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from tests.kit.processes import Program
from tests.server.programs.several import WORKERS

SHORT_SECONDS = 0.3
PROGRAM = "tests.server.programs.several"
CODE = "release.py"
SERVES = re.compile(r"worker serves pid=(\d+)")


def several(
    folder: Path,
    *,
    seconds: float = SHORT_SECONDS,
    code: str = "NUMBER = 1\n",
    terminal: int | None = None,
    settings: Mapping[str, int] | None = None,
) -> AbstractContextManager[Program]:
    (folder / CODE).write_text(code)
    return Program.running(
        PROGRAM,
        str(seconds),
        json.dumps(settings or {}),
        terminal=terminal,
        environment={"RELEASE": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
    )


def workers(program: Program, count: int = WORKERS) -> list[int]:
    """All that have served, in that order. Waits until there are so many."""
    program.complains("worker serves", times=count)
    return [int(pid) for pid in SERVES.findall(program.err)]


def children(pid: int) -> dict[int, str]:
    """The processes that this one has started, and the state of each."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(") ")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid:
            found[int(stat.parent.name)] = state
    return found


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return True


@contextmanager
def taken_by(pid: int, *, of: list[int]) -> Iterator[None]:
    """Whoever connects now is served by this one of the workers."""
    others = [other for other in of if other != pid]
    for other in others:
        os.kill(other, signal.SIGSTOP)
    try:
        yield
    finally:
        for other in others:
            with suppress(ProcessLookupError):
                os.kill(other, signal.SIGCONT)


@contextmanager
def connection(program: Program, *, to: int, of: list[int]) -> Iterator[http.client.HTTPConnection]:
    """One that is kept."""
    client = http.client.HTTPConnection("127.0.0.1", program.port, timeout=10)
    with taken_by(to, of=of):
        assert get(client, "/pid") == str(to)
    try:
        yield client
    finally:
        client.close()


def get(client: http.client.HTTPConnection, path: str) -> str:
    client.request("GET", path)
    answer = client.getresponse()
    assert answer.status == 200
    return answer.read().decode()
