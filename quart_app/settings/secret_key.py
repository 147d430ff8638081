"""The secret key that an application without one makes at its first start."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from quart_app.errors import ConfigurationError
from quart_app.settings.folders import make_own

FILE_NAME = "secret_key"
# Shorter than the first is refused where several are listed, and than the second advised against.
SHORTEST, ADVISED = 16, 32
_BYTES = 32
_MOST_BYTES = 1024
_KEY = re.compile(r"[\x21-\x7e]{32,1000}", re.ASCII)


def kept_in(data_dir: Path) -> str:
    """The key in this folder; made if there is none. Raises `ConfigurationError`."""
    path = data_dir / FILE_NAME
    try:
        make_own(data_dir)
        if not os.path.lexists(path):
            _make(path)
        status = path.stat()
        key = _read(path)
    except OSError as exc:
        cure = "set DATA_DIR to a folder of the server's own, or set SECRET_KEY"
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            cure = "make room"
        raise ConfigurationError(
            f"{path} cannot hold the secret key ({exc.strerror}): {cure}"
        ) from exc
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(f"{path} is open to other users: run chmod 600 {path}")
    if not _KEY.fullmatch(key):
        raise ConfigurationError(f"{path} is damaged: delete it, and a new key is made")
    return key


def _read(path: Path) -> str:
    # Not waiting for the other end, should that be a pipe; and no more than a key can be.
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.read(fd, _MOST_BYTES).decode("ascii", "replace").strip()
    finally:
        os.close(fd)


def _make(path: Path) -> None:
    # Several processes may start at once: all must end up with the same key, and none may read
    # one that is half written.
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    fd = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(own, path)
    finally:
        own.unlink()
