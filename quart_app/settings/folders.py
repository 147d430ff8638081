"""Folders of our own, which no other user looks into, whatever the umask says."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def make_own(folder: Path) -> None:
    """Make it, and the folders above it that are missing. Raises `OSError`."""
    # `mkdir(parents=True)` leaves those above to the umask.
    if not folder.parent.exists():
        make_own(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not folder.is_dir():
        raise FileExistsError(f"{folder} is no folder")
