"""The command in this process, for all that ends by itself; it must leave no traces."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from quart_app.cli import main


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that has run."""

    status: int
    out: str
    err: str


Command = Callable[..., Ended]


def input_of(text: bytes) -> io.TextIOWrapper:
    """A standard input with this in it."""
    return io.TextIOWrapper(io.BytesIO(text))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Without settings; to set some."""
    for name in os.environ:
        if name.startswith("QUART_"):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture
def command(tmp_path: Path, capfd: pytest.CaptureFixture[str], logging_as_before: None) -> Command:
    """Runs the command with these arguments, on a data folder of its own, or an application's."""

    def run(*args: str) -> Ended:
        place = [] if "--app" in args else ["--data-dir", str(tmp_path / "data")]
        status = main([*args, *place])
        for handler in logging.getLogger().handlers:
            handler.flush()
        out, err = capfd.readouterr()
        return Ended(status=status, out=out, err=err)

    return run
