"""Sockets at which another process has begun to listen: the service manager, or a supervisor."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from quart_app.errors import ConfigurationError
from quart_app.server.listening.endpoint import Opened
from quart_app.server.listening.unix import PREFIX

# As sd_listen_fds(3) has it.
_PID, _COUNT, _NAMES = "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"
_FIRST = 3
_FAMILIES = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)


@dataclass(frozen=True, slots=True)
class GivenEndpoint:
    """Who gave it made it, and removes it."""

    bind: str
    socket: socket.socket

    @property
    def is_loopback(self) -> bool:
        """A socket with a path is reached by nobody else."""
        if self.socket.family == socket.AF_UNIX:
            return True
        return ip_address(self.socket.getsockname()[0].partition("%")[0]).is_loopback

    @property
    def host(self) -> str | None:
        return urlsplit(self.bind).netloc.rpartition(":")[0] or None

    @contextmanager
    def listening(self, *, backlog: int, mode: int | None) -> Iterator[Opened]:
        """It does already; how long its queue is, and its mode, were chosen by who began."""
        with self.socket:
            yield [(self.bind, self.socket)]


def passed_sockets(environment: MutableMapping[str, str]) -> Opened:
    """What systemd has passed to this process, and takes the note of it away: the programs that
    this one starts have other descriptors under the same numbers. Raises `ConfigurationError`."""
    pid, count, names = (environment.pop(name, "") for name in (_PID, _COUNT, _NAMES))
    if pid != str(os.getpid()):
        return []
    if not (count.isascii() and count.isdigit()):
        raise ConfigurationError(f"{_COUNT} is {count!r}: let systemd set it")
    numbers = range(_FIRST, _FIRST + int(count))
    named = dict(zip(numbers, names.split(":"), strict=False))
    return [_taken(number, named.get(number) or f"descriptor {number}") for number in numbers]


def _taken(number: int, name: str) -> tuple[str, socket.socket]:
    try:
        sock = socket.socket(fileno=number)
        listens = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:
        listens = 0
    if not listens or sock.family not in _FAMILIES or sock.type != socket.SOCK_STREAM:
        raise ConfigurationError(
            f"{name}, which systemd has passed, waits for no connections: give its unit "
            "ListenStream= and Accept=no"
        )
    sock.setblocking(False)
    sock.set_inheritable(False)
    return _url(sock), sock


def _url(sock: socket.socket) -> str:
    where = sock.getsockname()
    if sock.family == socket.AF_UNIX:
        # Linux also has names without a file.
        return PREFIX + (f"@{os.fsdecode(where[1:])}" if isinstance(where, bytes) else where)
    host, port = where[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
