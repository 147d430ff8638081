"""One place to listen at, of any kind; and how to say that this cannot be."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from quart_app.errors import ConfigurationError

# Each socket with what its clients call it: a URL, or `unix:` and a path.
Opened = Sequence[tuple[str, socket.socket]]


class AddressInUse(ConfigurationError):
    """Another program listens there."""


class Endpoint(Protocol):
    """A place to listen at."""

    @property
    def bind(self) -> str:
        """As it is configured."""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it, whatever its name says."""

    @property
    def host(self) -> str | None:
        """What a browser calls it, as in a URL."""

    def listening(self, *, backlog: int, mode: int | None) -> AbstractContextManager[Opened]:
        """Listen, and stop listening at the end. A socket's file gets this mode. Raises
        `ConfigurationError`."""


def told(
    bind: str, exc: OSError, cures: Mapping[int, str], *, otherwise: str
) -> ConfigurationError:
    """The error for the operator, with the cure that belongs to its number."""
    cure = cures.get(exc.errno or 0, otherwise)
    kind = AddressInUse if exc.errno == errno.EADDRINUSE else ConfigurationError
    reason = os.strerror(exc.errno).lower() if exc.errno else str(exc)
    return kind(f"cannot listen on {bind} ({reason}): {cure} with --bind")
