"""A second name for a file, where the file system knows of such."""

from __future__ import annotations

import errno
import os

# What it comes to where files have only one, where a sandbox forbids it, or where the owners lie on
# another disk than the records.
NO_LINKS = (
    *(errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK),
    *(errno.EACCES, errno.EXDEV),
)


class NoLinks(Exception):
    """This file system has none."""


def link(path: str, also: str) -> None:
    """Give the file that name too. Raises `NoLinks`, and `OSError` for what else goes wrong."""
    try:
        os.link(path, also)
    except OSError as exc:
        if exc.errno in NO_LINKS:
            raise NoLinks from exc
        raise
