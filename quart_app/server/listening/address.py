"""Where one server listens: at one place, or at several together."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Self

from quart_app.server.listening.endpoint import Endpoint, Opened
from quart_app.server.listening.given import GivenEndpoint, passed_sockets
from quart_app.server.listening.tcp import TcpEndpoint
from quart_app.server.listening.unix import PREFIX, UnixEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Sockets that wait for connections."""

    opened: Opened

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        return tuple(sock for _, sock in self.opened)

    @property
    def url(self) -> str:
        """What clients call it; several of them if it listens at several places."""
        return ", ".join(dict.fromkeys(url for url, _ in self.opened))


@dataclass(frozen=True, slots=True)
class Address:
    """All places at which a server listens."""

    endpoints: tuple[Endpoint, ...]

    @classmethod
    def of(cls, *binds: str) -> Self:
        """Each is `host:port`, or `unix:` and a path. Looks hosts up. Raises
        `ConfigurationError`."""
        return cls(
            tuple(
                UnixEndpoint(bind.removeprefix(PREFIX))
                if bind.startswith(PREFIX)
                else TcpEndpoint.of(bind)
                for bind in binds
            )
        )

    @classmethod
    def given(cls, opened: Opened) -> Self:
        """Where another process has begun to listen."""
        return cls(tuple(GivenEndpoint(url, sock) for url, sock in opened))

    @classmethod
    def passed(cls) -> Self | None:
        """What the service manager has passed to this process, the first time; `None` if nothing.
        Raises `ConfigurationError`."""
        opened = passed_sockets(os.environ)
        return cls.given(opened) if opened else None

    @property
    def bind(self) -> str:
        return ", ".join(endpoint.bind for endpoint in self.endpoints)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it, whatever its names say."""
        return all(endpoint.is_loopback for endpoint in self.endpoints)

    @property
    def hosts(self) -> tuple[str, ...]:
        """What browsers call it, as in URLs."""
        return tuple(endpoint.host for endpoint in self.endpoints if endpoint.host is not None)

    @contextmanager
    def listening(self, *, backlog: int, mode: int | None = None) -> Iterator[Listening]:
        """Listen, and stop listening at the end. Files of sockets get this mode. Raises
        `ConfigurationError`."""
        with ExitStack() as until_the_end:
            opened = [
                pair
                for endpoint in self.endpoints
                for pair in until_the_end.enter_context(
                    endpoint.listening(backlog=backlog, mode=mode)
                )
            ]
            yield Listening(opened=tuple(opened))
