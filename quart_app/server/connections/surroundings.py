"""What all connections of a server share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypercorn.config import Config
from hypercorn.typing import ASGIFramework, ConnectionState

from quart_app.server.connections.places import Places
from quart_app.server.connections.watch import Watch
from quart_app.server.protocol.context import Context

if TYPE_CHECKING:
    from quart_app.server.connections.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Of each connection."""

    app: ASGIFramework
    config: Config
    context: Context
    state: ConnectionState
    handlers: set[asyncio.Task[None]]
    """All that run, also those that go on after their answer."""
    watch: Watch
    places: Places
    serve: Callable[[Connection, bytes | None], Coroutine[Any, Any, None]]
    """What a connection's own task does."""
    release: Callable[[Connection], None]
    """What becomes of one that rests, or whose client has left."""
