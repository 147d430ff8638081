"""Applications under the servers that people run them with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.kit.processes import PYTHON, ROOT, Program

# What is slow here is the machine that runs the tests, not the store.
PATIENT_SECONDS = 5
NOTES = "tests.serving.programs.served:app"

_HYPERCORN = ("hypercorn", "--bind", "127.0.0.1:{port}", "--graceful-timeout", "3")
_UVICORN = ("uvicorn", "--host", "127.0.0.1", "--port", "{port}")
_GRANIAN = ("granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", "{port}")
# With workers of its own, hypercorn 0.18 forgets their exit code and ends with 0, whatever the
# application.
HYPERCORN_ALONE = (*_HYPERCORN, "--workers", "0")

SERVERS: Mapping[str, tuple[str, ...]] = {
    "hypercorn": _HYPERCORN,
    "hypercorn with two workers": (*_HYPERCORN, "--workers", "2"),
    "uvicorn": (*_UVICORN, "--loop", "asyncio"),
    "uvicorn with uvloop": (*_UVICORN, "--loop", "uvloop"),
    "uvicorn with two workers": (*_UVICORN, "--workers", "2"),
    "granian": _GRANIAN,
    "granian with two workers": (*_GRANIAN, "--workers", "2"),
}


def configured(config: Mapping[str, Any]) -> dict[str, str]:
    """The environment in which the tests' applications find their configuration."""
    return {"NOTES_CONFIG": json.dumps({"SESSION_STORE_TIMEOUT": PATIENT_SECONDS, **config})}


@contextmanager
def serving(server: str, *, config: Mapping[str, Any], app: str = NOTES) -> Iterator[Program]:
    """One of `SERVERS` with one of the tests' applications, ready to answer."""
    with Program.running(*SERVERS[server], app, environment=configured(config)) as program:
        program.answers()
        yield program


@contextmanager
def login_pages(
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    by: Sequence[str] = PYTHON,
    cwd: Path = ROOT,
) -> Iterator[Program]:
    """The application that the package ships, with its data in this folder, ready to answer."""
    ours = {"QUART_DATA_DIR": str(folder / "data"), **(environment or {})}
    command = (*HYPERCORN_ALONE, "quart_app.asgi:app")
    with Program.running(*command, by=by, cwd=cwd, environment=ours) as program:
        program.answers()
        yield program
