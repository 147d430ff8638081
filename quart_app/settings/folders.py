"""Folders of our own, which no other user looks into, whatever the umask says."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from quart_app.settings.sessions import SessionSettings


def data_folder(settings: SessionSettings, *, instance_path: str) -> Path:
    """Returns where all data are kept that have no place of their own."""
    return settings.data_dir or Path(instance_path)


def sessions_folder(settings: SessionSettings, *, instance_path: str) -> Path:
    """Returns where sessions are kept, if that is in files."""
    return settings.file_dir or data_folder(settings, instance_path=instance_path) / "sessions"


def make_own(folder: Path) -> None:
    """Make it, and the folders above it that are missing. Raises `OSError`."""
    # `mkdir(parents=True)` leaves those above to the umask.
    if not folder.parent.exists():
        make_own(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not folder.is_dir():
        raise FileExistsError(f"{folder} is no folder")
