"""A server in a process of its own, on a core of its own."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.servers import free_port

START_WITHIN_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Served:
    """One that answers."""

    port: int
    pid: int


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


@contextmanager
def served(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, core: int
) -> Iterator[Served]:
    """`{port}` in the command is filled in."""
    port = free_port()
    pinned = [shutil.which("taskset") or "taskset", "-c", str(core)]
    process = subprocess.Popen(
        [*pinned, *(part.replace("{port}", str(port)) for part in command)],
        env=os.environ | (environment or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield Served(port=port, pid=process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=START_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + START_WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < give_up_at:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"did not start: {process.args!r}")
