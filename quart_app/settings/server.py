"""The settings of the server: where, how many connections, from whom, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from quart_app.settings.parsing import (
    MINUTE,
    duration,
    duration_or_zero,
    or_none,
    parsed,
    setting,
    truth,
    whole_number,
)

_UNIX = "unix:"
# Who may connect is who may write. The environment has no 0o: there 660 is what people mean.
_MODES = {mode: int(str(mode), 8) for mode in (600, 660, 666)}


def bind(value: Any) -> str:
    """`host:port`."""
    host, _, port = str(value).rpartition(":")
    if not (host and port.isascii() and port.isdigit() and int(port) < 65_536):
        raise ValueError("host:port, such as '127.0.0.1:8000'")
    return str(value)


def _binds(value: Any) -> tuple[str, ...]:
    binds = (value,) if isinstance(value, str) else value
    if not isinstance(binds, list | tuple) or not binds or not all(map(_is_bind, binds)):
        raise ValueError("host:port, such as '127.0.0.1:8000', or 'unix:/path', or several of them")
    return tuple(binds)


def _is_bind(value: Any) -> bool:
    if not isinstance(value, str) or value.startswith(_UNIX):
        return isinstance(value, str) and value != _UNIX
    try:
        return bool(bind(value))
    except ValueError:
        return False


def _bind_mode(value: Any) -> int:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    mode = _MODES.get(value, value) if isinstance(value, int) else None
    if mode is None or mode not in _MODES.values():
        raise ValueError("0o600, 0o660 or 0o666")
    return mode


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What `quart-app serve` reads from `app.config`."""

    bind: tuple[str, ...] = setting(
        "BIND",
        ("127.0.0.1:8000",),
        _binds,
        "Where `quart-app serve` listens: `host:port` or `unix:/path`, or a list of them. Sockets "
        "that systemd passes take its place.",
    )
    bind_mode: int | None = setting(
        "BIND_MODE",
        None,
        _bind_mode,
        "Who may connect to a `unix:` address: 0o600 its user, 0o660 its group too, 0o666 all. By "
        "default whom the umask lets write.",
    )
    workers: int = setting(
        "WORKERS",
        1,
        whole_number,
        "How many processes share the address. With one there is no supervisor, unless SUPERVISED "
        "asks for it.",
    )
    supervised: bool = setting(
        "SUPERVISED",
        False,
        truth,
        "Whether a single worker has a supervisor too, which replaces it when it ends or new code "
        "is to come in.",
    )
    max_connections: int | None = setting(
        "MAX_CONNECTIONS",
        None,
        or_none(whole_number),
        "How many connections a process holds; when there are more, those that have rested longest "
        "make room. By default what its limit of descriptors (`ulimit -Hn`) leaves.",
    )
    max_streams: int | None = setting(
        "MAX_STREAMS",
        None,
        or_none(whole_number),
        "How many of them may be open pages and websockets, which stay for hours; a new one beyond "
        "that gets 503 with `Retry-After`. The rest is kept for requests, so that `/login` and "
        "`/healthz` answer whatever is open. By default nine in ten.",
    )
    connections_per_address: int | None = setting(
        "CONNECTIONS_PER_ADDRESS",
        None,
        or_none(whole_number),
        "How many connections one address (of IPv6: one /64) may hold. Set it where no proxy "
        "stands in front; by default there is no limit, since behind one they all come from its "
        "address.",
    )
    keep_alive_timeout: timedelta = setting(
        "KEEP_ALIVE_TIMEOUT",
        MINUTE + timedelta(seconds=15),
        duration,
        "How long a connection may rest. Longer than a proxy keeps its own (60 seconds in nginx): "
        "whoever is to send next should be the one to hang up.",
    )
    keep_alive_requests: int = setting(
        "KEEP_ALIVE_REQUESTS",
        1000,
        whole_number,
        "How many requests one connection may bring before it has to connect again.",
    )
    head_timeout: timedelta = setting(
        "HEAD_TIMEOUT",
        timedelta(seconds=10),
        duration,
        "How long the head of a request may take from its first byte on.",
    )
    stalled_timeout: timedelta = setting(
        "STALLED_TIMEOUT",
        timedelta(seconds=20),
        duration,
        "How long a client may take nothing of what is sent to it before it is cut off.",
    )
    backlog: int = setting(
        "BACKLOG",
        2048,
        whole_number,
        "How many new connections wait in the kernel, as when all pages come back at once. The "
        "system may allow less (`net.core.somaxconn`).",
    )
    shutdown_timeout: timedelta = setting(
        "SHUTDOWN_TIMEOUT",
        timedelta(seconds=3),
        duration,
        "How long requests in flight may take when the server stops.",
    )
    shutdown_delay: timedelta = setting(
        "SHUTDOWN_DELAY",
        timedelta(),
        duration_or_zero,
        "How long a server that is to stop goes on accepting, with `/readyz` at 503: time for a "
        "load balancer to look away. Then SHUTDOWN_TIMEOUT begins.",
    )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read and check them all. Raises `ConfigurationError`."""
        return cls(**parsed(cls, config))
