"""The application in processes of its own, as hypercorn serves it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from tests.servers import START_WITHIN_SECONDS

APP = "quart_app.asgi:app"
TOP = Path(__file__).parents[2]


class Sites:
    """One for each set of settings that a test asks for, kept for the next one."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._urls: dict[str, str] = {}

    @classmethod
    @contextmanager
    def under(cls, folder: Path) -> Iterator[Self]:
        """Each with its data below the folder."""
        with ExitStack() as stack:
            yield cls(folder, stack)

    def url(self, **settings: Any) -> str:
        """The address of a site with these settings, which answers."""
        key = json.dumps(settings, sort_keys=True)
        if key not in self._urls:
            folder = self._folder / f"site{len(self._urls)}"
            folder.mkdir()
            self._urls[key] = self._stack.enter_context(_serving(folder, settings))
        return self._urls[key]


@contextmanager
def _serving(folder: Path, settings: Mapping[str, Any]) -> Iterator[str]:
    log = folder / "server.log"
    with socket.socket() as listener, log.open("wb") as output:
        # Bound here, so that nobody else takes the port; who comes early waits.
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        bind = f"fd://{listener.fileno()}"
        process = subprocess.Popen(
            [sys.executable, "-m", "hypercorn", "--workers", "0", "--bind", bind, APP],
            env=_environment({"DATA_DIR": str(folder), **settings}),
            cwd=folder,
            pass_fds=[listener.fileno()],
            stdout=output,
            stderr=output,
        )
    try:
        _expect_an_answer(url, log)
        yield url
    finally:
        process.kill()
        process.wait(START_WITHIN_SECONDS)


def _environment(settings: Mapping[str, Any]) -> dict[str, str]:
    # Whoever runs the tests may have settings of their own.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUART_")}
    ours = {f"QUART_{name}": json.dumps(value) for name, value in settings.items()}
    return {**kept, **ours, "PYTHONPATH": str(TOP)}


def _expect_an_answer(url: str, log: Path) -> None:
    try:
        httpx.get(f"{url}/healthz", timeout=START_WITHIN_SECONDS).raise_for_status()
    except httpx.HTTPError:
        pytest.fail(f"the server does not start:\n{log.read_text()}")
