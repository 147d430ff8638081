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

log = logging.getLogger(__name__)


class Front(Protocol):
    """The connections of one server, and the way in."""

    def __len__(self) -> int: ...

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

        log.warning("no epoll here: every idle connection costs as much as one in use")
        return await PlainFront.before(app, sockets, config, state)
    from quart_app.server.connections.connections import Connections
    from quart_app.server.connections.door import Door

    connections = Connections(app, config, state, settings)
    most = _most_connections(settings)
    return Door(connections, sockets, most=most, stalled_timeout=settings.stalled_timeout)


def _most_connections(settings: ServerSettings) -> int:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = max(1, most - most // _SPARE_SHARE - _SPARE_DESCRIPTORS)
    return min(settings.max_connections or possible, possible)
