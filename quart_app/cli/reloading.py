"""`quart-app serve --reload`: another process serves, and is started again when code changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType

from quart_app.cli.output import complain

CODE = (".py", ".html", ".po", ".toml")
LOOK_EVERY_SECONDS = 0.5
# Then a second signal ends it at once: open pages come back by themselves.
PATIENCE_SECONDS = 1.0
# They hold what others wrote, or what is written while it serves.
_NOT_HERE = ("__pycache__", "node_modules", "instance")


def serve_again_and_again() -> int:
    """Until Ctrl-C or SIGTERM; the exit status."""
    words = [sys.executable, *(word for word in sys.orig_argv[1:] if word != "--reload")]
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Path.cwd()
    process = subprocess.Popen(words)  # noqa: S603 - what started this process, once more
    try:
        for _ in _changes(folder):
            complain("code has changed, starting again")
            _stop(process)
            process = subprocess.Popen(words)  # noqa: S603
    except KeyboardInterrupt:
        _stop(process)
    return process.returncode or 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE_SECONDS)
        return
    process.terminate()
    process.wait()


def _changes(folder: Path) -> Iterator[object]:
    try:
        from watchfiles import watch
    except ImportError:
        return _polled(folder)
    return watch(
        folder,
        watch_filter=lambda _, name: _is_code(Path(name).relative_to(folder)),
        raise_interrupt=True,
    )


def _is_code(path: Path) -> bool:
    is_elsewhere = any(part in _NOT_HERE or part.startswith(".") for part in path.parts)
    return path.suffix in CODE and not is_elsewhere


def _polled(folder: Path) -> Iterator[object]:
    before = _times(folder)
    while True:
        time.sleep(LOOK_EVERY_SECONDS)
        if (now := _times(folder)) != before:
            before = now
            yield now


def _times(folder: Path) -> dict[str, int]:
    """When each file of code was changed last."""
    times = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if name not in _NOT_HERE
            and not name.startswith(".")
            and not os.path.exists(os.path.join(place, name, "pyvenv.cfg"))
        ]
        for name in names:
            if name.endswith(CODE):
                with suppress(OSError):  # it has just gone
                    path = os.path.join(place, name)
                    times[path] = os.stat(path).st_mtime_ns
    return times
