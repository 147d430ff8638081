"""Whether a directory is fit to keep sessions in; names the cure if not."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from tempfile import TemporaryFile

from quart_app.errors import ConfigurationError, StoreUnavailable
from quart_app.settings.folders import make_own

_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE)


def prepare(root: Path) -> None:
    """Make the directory if it is missing, and make sure that only we can read and write it."""
    try:
        make_own(root)
        _verify(root, os.lstat(root))
        _try_to_write(root)
    except FileExistsError:
        raise ConfigurationError(f"{root} is a file: set SESSION_FILE_DIR to a directory") from None
    except OSError as exc:
        reason = f"{root} cannot hold sessions ({exc.strerror})"
        if exc.errno in _PASSING:
            raise StoreUnavailable(reason) from exc
        raise ConfigurationError(
            f"{reason}: let uid {os.geteuid()} write there, or set SESSION_FILE_DIR"
        ) from exc


def _verify(root: Path, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise ConfigurationError(
            f"{root} is a symbolic link: set SESSION_FILE_DIR to {root.resolve()}"
        )
    if status.st_uid != os.geteuid():
        raise ConfigurationError(
            f"{root} belongs to uid {status.st_uid}: run chown {os.geteuid()} {root}"
        )
    if status.st_mode & 0o077:
        raise ConfigurationError(f"{root} is open to other users: run chmod 700 {root}")


def _try_to_write(root: Path) -> None:
    # A file without a name where the file system has such: several threads may look at once.
    with TemporaryFile(dir=root):
        pass
