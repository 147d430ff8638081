"""What stands between the listening sockets and the application, as far as serving knows it."""

from __future__ import annotations

import logging
import resource
import select
import socket
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from hypercorn.typing import ASGIFramework, LifespanState

from quart_app.server.configuration import configuration
from quart_app.settings import ServerSettings

# For what a process opens beside its connections: sessions, templates, the store's own.
_SPARE_DESCRIPTORS = 64
_SPARE_SHARE = 20
# Fewer are not what an operator means who does not say so.
_FEW = 100
# Kept from what stays for hours.
_SHARE_FOR_REQUESTS = 10

_WITHOUT_EPOLL = (
    "no epoll here: plain hypercorn serves, every idle connection costs as much as one in use, and "
    "without effect are CONNECTIONS_PER_ADDRESS, HEAD_TIMEOUT, MAX_CONNECTIONS, MAX_STREAMS, "
    "STALLED_TIMEOUT"
)

log = logging.getLogger(__name__)


class Front(Protocol):
    """The connections of one server, and the way in."""

    def __len__(self) -> int: ...

    def counts(self) -> dict[str, int]:
        """How many are in which state."""

    def open(self) -> None:
        """Let new ones in."""

    def close(self) -> None:
        """Let no more in."""

    def say_last(self) -> None:
        """From now on every answer is the last on its connection."""

    async def drain(self, *, timeout: timedelta) -> None:
        """Let what is under way end for this long, and then end it. Connections without a request
        under way close at once, halves of a request's head too."""


async def front_of(
    app: ASGIFramework,
    sockets: Sequence[socket.socket],
    settings: ServerSettings,
    state: LifespanState,
) -> Front:
    """The cheapest that there can be on this system."""
    config = configuration(settings)
    if not hasattr(select, "epoll"):
        from quart_app.server.without_epoll import PlainFront

        log.warning(_WITHOUT_EPOLL)
        return await PlainFront.before(app, sockets, config, state)
    from quart_app.server.connections.connections import Connections
    from quart_app.server.connections.door import Door

    most = _most_connections(settings)
    if (scarcity := scarcity_of_descriptors(settings)) is not None:
        log.warning(scarcity)
    connections = Connections(
        app, config, state, settings, most_lasting=_most_lasting(settings, most=most)
    )
    return Door(connections, sockets, settings, most=most)


def scarcity_of_descriptors(settings: ServerSettings) -> str | None:
    """What an operator has to know of the limit of descriptors; `None` where it is wide enough."""
    most, meant = _most_connections(settings), settings.max_connections or _FEW
    if most >= meant:
        return None
    many = "one connection" if most == 1 else f"{most} connections"
    return (
        f"room for {many} at a time only: raise the limit of descriptors "
        "(ulimit -n, or LimitNOFILE in a unit of systemd)"
    )


def _most_connections(settings: ServerSettings) -> int:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = max(1, most - most // _SPARE_SHARE - _SPARE_DESCRIPTORS)
    return min(settings.max_connections or possible, possible)


def _most_lasting(settings: ServerSettings, *, most: int) -> int:
    default = most - most // _SHARE_FOR_REQUESTS
    return min(settings.max_streams or default, most - 1)
