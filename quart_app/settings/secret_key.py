"""The secret key that an application without one makes at its first start."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from quart_app.errors import ConfigurationError

FILE_NAME = "secret_key"
_BYTES = 32


def kept_in(data_dir: Path) -> str:
    """The key in this folder; made if there is none. Raises `ConfigurationError`."""
    path = data_dir / FILE_NAME
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        status = path.stat()
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(
            f"{path} cannot hold the secret key ({exc}): set DATA_DIR to a folder of the server's "
            "own, or set SECRET_KEY"
        ) from exc
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(f"{path} is open to other users: run chmod 600 {path}")
    if len(key) < _BYTES:
        raise ConfigurationError(f"{path} is cut short: delete it, and a new key is made")
    return key


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
