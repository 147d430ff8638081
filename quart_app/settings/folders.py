"""Folders of our own, which no other user looks into, whatever the umask says."""

from __future__ import annotations

import errno
import sys
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_path

from quart_app.settings.sessions import SessionSettings

_ENDING = "-instance"


def data_folder(settings: SessionSettings, *, instance_path: str) -> Path:
    """Returns where all data are kept that have no place of their own: Quart's instance folder, or
    the user's state folder where that would be in a virtual environment, which anybody may
    delete."""
    if settings.data_dir is not None:
        return settings.data_dir
    instance = Path(instance_path)
    if not instance.is_relative_to(sys.prefix):
        return instance
    return user_state_path(instance.name.removesuffix(_ENDING), appauthor=False)


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
        raise FileExistsError(errno.EEXIST, f"{folder} is no folder")
