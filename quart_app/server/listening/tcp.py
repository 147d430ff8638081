"""A host and a port to listen at."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Self

from quart_app.errors import ConfigurationError
from quart_app.server.listening.endpoint import Opened, told

_CURES = {
    errno.EADDRINUSE: "stop what listens there, or choose another port (0 takes a free one)",
    errno.EADDRNOTAVAIL: "this machine has no such address, choose one that it has",
    errno.EAFNOSUPPORT: "this machine has no such address, choose one that it has",
    errno.EACCES: "choose a port from 1024 on, and let a proxy or a redirection take the low one",
}
# A name such as localhost may stand for an address that this machine does not have.
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpEndpoint:
    """`host:port`, and what the host's name stands for on this machine."""

    bind: str
    name: str
    port: int
    resolved: tuple[tuple[int, tuple[Any, ...]], ...]

    @classmethod
    def of(cls, bind: str) -> Self:
        """Look the host up. Raises `ConfigurationError`."""
        name, _, port = bind.rpartition(":")
        bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
        try:
            found = socket.getaddrinfo(
                bare, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        except (OSError, ValueError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else str(exc)
            raise ConfigurationError(
                f"cannot listen on {bind} ({reason}): set --bind to an address of this machine and "
                "a port, such as 127.0.0.1:8000"
            ) from None
        # The same address may be found several times.
        resolved = dict.fromkeys((family, sockaddr) for family, _, _, _, sockaddr in found)
        return cls(bind=bind, name=name, port=int(port), resolved=tuple(resolved))

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it, whatever its name says."""
        return all(ip_address(sockaddr[0]).is_loopback for _, sockaddr in self.resolved)

    @property
    def host(self) -> str:
        """With the brackets that an IPv6 address has in a URL."""
        return f"[{self.name}]" if ":" in self.name and "[" not in self.name else self.name

    @contextmanager
    def listening(self, *, backlog: int, mode: int | None) -> Iterator[Opened]:
        """At each address that the name has here."""
        port, absent = self.port, None
        with ExitStack() as until_the_end:
            sockets = []
            for family, sockaddr in self.resolved:
                try:
                    sock = _listen(family, (sockaddr[0], port, *sockaddr[2:]), backlog)
                except OSError as exc:
                    if exc.errno not in _NOT_HERE:
                        raise _told(self.bind, exc) from exc
                    absent = exc
                    continue
                sockets.append(until_the_end.enter_context(sock))
                # With port 0, all addresses of a name get the port that the first one was given.
                port = sock.getsockname()[1]
            if absent is not None and not sockets:
                raise _told(self.bind, absent) from absent
            yield [(f"http://{self.host}:{port}", sock) for sock in sockets]


def _listen(family: int, sockaddr: tuple[Any, ...], backlog: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Connections of the server before may still be about to end.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Otherwise an IPv4 client has a second name, ::ffff:192.0.2.1, which no TRUSTED_PROXIES
            # would match.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(sockaddr)
        # At once: of two servers that start together, bind alone lets both pass.
        sock.listen(backlog)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _told(bind: str, exc: OSError) -> ConfigurationError:
    return told(bind, exc, _CURES, otherwise="choose another address or port")
