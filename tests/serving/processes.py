"""Starts real servers as processes of their own, and stops them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from tests.servers import START_WITHIN_SECONDS, free_port

ROOT = Path(__file__).parents[2]
# What is slow here is the machine that runs the tests, not the store.
PATIENT_SECONDS = 5
NOTES = "tests.serving.programs.served:app"

_HYPERCORN = ("hypercorn", "--bind", "127.0.0.1:{port}", "--graceful-timeout", "3")
_UVICORN = ("uvicorn", "--host", "127.0.0.1", "--port", "{port}")
_GRANIAN = ("granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", "{port}")

SERVERS: Mapping[str, tuple[str, ...]] = {
    "hypercorn": _HYPERCORN,
    "hypercorn with two workers": (*_HYPERCORN, "--workers", "2"),
    "uvicorn": (*_UVICORN, "--loop", "asyncio"),
    "uvicorn with uvloop": (*_UVICORN, "--loop", "uvloop"),
    "uvicorn with two workers": (*_UVICORN, "--workers", "2"),
    "granian": _GRANIAN,
    "granian with two workers": (*_GRANIAN, "--workers", "2"),
}


class Program:
    """A server under way, and what it writes on its way."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, output: IO[bytes]) -> None:
        self._process = process
        self._output = output
        self.url = url

    @property
    def said(self) -> str:
        """Everything written so far."""
        self._output.seek(0)
        return self._output.read().decode()

    def client(self, cookies: httpx.Cookies | None = None) -> httpx.Client:
        """A browser of its own, without the wish to go where it is sent."""
        return httpx.Client(base_url=self.url, cookies=cookies, timeout=5)

    def wait_until_it_answers(self) -> None:
        """Returns with the first answer; fails if the program ends before."""

        def answers() -> bool:
            try:
                with self.client() as client:
                    return client.get("/public").status_code < 500
            except httpx.TransportError:
                if self._process.poll() is not None:
                    pytest.fail(f"the server ended at once:\n{self.said}")
                return False

        wait_for(answers)

    def wait_until_it_ends(self) -> int:
        """The exit code."""
        return self._process.wait(START_WITHIN_SECONDS)

    def terminate(self) -> int:
        """Ask it to stop, as a service manager does; the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait_until_it_ends()

    def kill(self) -> None:
        """End it and its workers, if they are still there."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(START_WITHIN_SECONDS)


def wait_for(condition: Callable[[], bool]) -> None:
    """Poll for what comes true by itself."""
    give_up = time.monotonic() + START_WITHIN_SECONDS
    while not condition():
        if time.monotonic() > give_up:
            pytest.fail("it did not come true in time")
        time.sleep(0.02)


@contextmanager
def started(
    words: Sequence[str], *, config: Mapping[str, Any], folder: Path, cwd: Path = ROOT
) -> Iterator[Program]:
    """A server's process, perhaps not ready yet. `{port}` among the words is a free one."""
    port = free_port()
    command = [sys.executable, "-m", *(word.format(port=port) for word in words)]
    env = {
        **os.environ,
        "NOTES_CONFIG": json.dumps({"SESSION_STORE_TIMEOUT": PATIENT_SECONDS, **config}),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    with open(folder / f"server-{port}.log", "w+b") as output:
        process = subprocess.Popen(
            command, env=env, cwd=cwd, stdout=output, stderr=output, start_new_session=True
        )
        program = Program(process, f"http://127.0.0.1:{port}", output)
        try:
            yield program
        finally:
            program.kill()


@contextmanager
def serving(
    server: str, *, config: Mapping[str, Any], folder: Path, program: str = NOTES
) -> Iterator[Program]:
    """One of `SERVERS`, ready to answer."""
    with started((*SERVERS[server], program), config=config, folder=folder) as running:
        running.wait_until_it_answers()
        yield running
