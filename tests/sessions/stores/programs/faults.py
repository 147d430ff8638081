"""Runs single operations in real processes, with strace making one of their system calls fail."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kit.programs import missing, needed
from tests.sessions.stores.programs.start import ask, running, stream

# All that a store operation asks of the kernel; some names are of other processors than this one.
SYSTEM_CALLS = (
    *("openat", "mkdir", "mkdirat", "link", "linkat", "unlink", "unlinkat", "rename", "flock"),
    *("stat", "fstat", "lstat", "newfstatat", "statx", "pread64", "pwrite64", "ftruncate"),
    *("utimensat", "fsync", "getdents64"),
)
_CALLED = re.compile(r"^(\d+) +(\w+)\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens at which call: `signal=KILL` just before it, `error=ENOSPC` instead of it."""

    call: str
    number: int
    what: str

    def __str__(self) -> str:
        return f"{self.call}:{self.what}:when={self.number}"


class Operations:
    """Each operation in a process of its own, as if the machine had just decided to fail."""

    def __init__(self, program: subprocess.Popen[str], log: Path) -> None:
        self._program = program
        self._log = log

    @classmethod
    @contextmanager
    def under_strace(cls) -> Iterator[Operations]:
        needed("strace", package="strace")
        with tempfile.TemporaryDirectory() as folder, running("one_operation") as program:
            yield cls(program, Path(folder) / "log")

    def run(self, operation: str, root: Path, fault: Fault | None = None) -> str:
        """How it ended: `done`, the name of what was raised, or `killed`."""
        ready, _, pid = ask(self._program, operation, root).partition(" ")
        assert ready == "ready"
        with self._traced(pid, fault):
            os.kill(int(pid), signal.SIGUSR1)
            outcome = ask(self._program)
            if outcome == "exit":
                return "killed"
            assert ask(self._program) == "exit"
        return outcome

    def calls(self, operation: str, root: Path) -> Counter[str]:
        """How often it makes each system call, in the thread that makes it most often."""
        assert self.run(operation, root) == "done"
        made = Counter(
            found.groups()
            for line in self._log.read_text().splitlines()
            if (found := _CALLED.match(line))
        )
        counts: Counter[str] = Counter()
        for (_, name), number in made.items():
            counts[name] = max(counts[name], number)
        return counts

    @contextmanager
    def _traced(self, pid: str, fault: Fault | None) -> Iterator[None]:
        calls = ",".join(f"?{name}" for name in SYSTEM_CALLS)
        inject = [] if fault is None else ["-e", f"inject={fault}"]
        tracer = subprocess.Popen(
            ["strace", "-f", "-o", self._log, "-e", f"trace={calls}", *inject, "-p", pid],
            stderr=subprocess.PIPE,
            text=True,
        )
        with tracer:
            said = stream(tracer.stderr).readline()
            if "attached" not in said:
                os.kill(int(pid), signal.SIGKILL)
                assert ask(self._program) == "exit"
                missing(f"strace cannot trace here: {said}")
            yield
