"""File systems that a test makes for itself."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest


def needs_root() -> None:
    """Skip the test where only root could do what it does."""
    if os.geteuid() != 0:
        pytest.skip("not root here: file systems and other users are out of reach")


@contextmanager
def mounted(options: str, *, at: Path | None = None) -> Iterator[Path]:
    """A file system in memory, until the test is over; in this folder, or in one of its own."""
    needs_root()
    with nullcontext(at) if at else tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"mode=700,{options}", "none", folder]
        tried = subprocess.run(mount, capture_output=True, text=True, check=False)
        if tried.returncode:
            pytest.skip(f"nothing can be mounted here: {tried.stderr.strip()}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)
