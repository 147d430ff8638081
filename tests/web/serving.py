"""The application in a server's process of its own, as its users run it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.servers import START_WITHIN_SECONDS, free_port

TOP = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Site:
    """Where it is, and what it has written so far."""

    url: str
    log: Path


@contextmanager
def served(
    folder: Path, *, python: str = sys.executable, cwd: Path = TOP, env: Mapping[str, str]
) -> Iterator[Site]:
    """Under plain hypercorn on a free port; data and log in this folder."""
    port = free_port()
    site = Site(f"http://127.0.0.1:{port}", folder / "server.log")
    command = [python, "-m", "hypercorn", "--bind", f"127.0.0.1:{port}", "quart_app.asgi:app"]
    ours = {"QUART_DATA_DIR": str(folder / "data"), "PYTHONUNBUFFERED": "1", **env}
    inherited = {name: v for name, v in os.environ.items() if not name.startswith("QUART_")}
    with site.log.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=cwd, env={**inherited, **ours}, stdout=log, stderr=log
        )
        try:
            _wait_until_it_answers(site, process)
            yield site
        finally:
            process.terminate()
            try:
                process.wait(START_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_it_answers(site: Site, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + START_WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            if httpx.get(f"{site.url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail(f"the server does not answer:\n{site.log.read_text()}")
