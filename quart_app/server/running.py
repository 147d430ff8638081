"""The life of a server: listen, start the application, serve, drain, end."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
from asyncio import AbstractEventLoop
from collections.abc import Callable
from datetime import timedelta

from hypercorn.typing import ASGIFramework

from quart_app.errors import ConfigurationError
from quart_app.server.address import Address, Listening
from quart_app.server.configuration import configuration
from quart_app.server.connections import Connections
from quart_app.server.door import Door
from quart_app.server.lifespan import Lifespan, Refused
from quart_app.server.stopping import StopSignals, leave
from quart_app.settings import ServerSettings

# After the requests: for handlers to clean up, and for the application to shut down. With the
# default of SHUTDOWN_TIMEOUT, all of it together stays below five seconds.
AFTER_REQUESTS = timedelta(seconds=1.4)
WATCHDOG_MARGIN = timedelta(seconds=0.2)
# For what a process opens beside its connections: sessions, templates, the store's own.
SPARE_DESCRIPTORS = 64
SPARE_SHARE = 20
Started = Callable[[str], None]

log = logging.getLogger(__name__)


def fastest_loop() -> AbstractEventLoop:
    """uvloop's where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def run(
    app: ASGIFramework,
    *,
    address: Address,
    shutdown_timeout: timedelta,
    started: Started,
    settings: ServerSettings | None = None,
    new_loop: Callable[[], AbstractEventLoop] = fastest_loop,
) -> int:
    """Serve until SIGINT or SIGTERM; the process's exit status. This is the last thing that a
    process does: a moment after it returns there is no more process.

    `started` is called with the URL. Raises `ConfigurationError` if the server cannot start.
    """
    settings = settings or ServerSettings()
    most = _most_connections(settings)
    with (
        address.listening(backlog=settings.backlog) as listening,
        asyncio.Runner(loop_factory=new_loop) as runner,
    ):
        return runner.run(_serve(app, listening, settings, most, shutdown_timeout, started))


def _most_connections(settings: ServerSettings) -> int:
    # 1024 descriptors are given to who does not ask, and one idle client can hold as many.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    possible = most - most // SPARE_SHARE - SPARE_DESCRIPTORS
    return min(settings.max_connections or possible, possible)


async def _serve(
    app: ASGIFramework,
    listening: Listening,
    settings: ServerSettings,
    most: int,
    shutdown_timeout: timedelta,
    started: Started,
) -> int:
    loop = asyncio.get_running_loop()
    limit = shutdown_timeout + AFTER_REQUESTS
    stop = StopSignals(limit=limit + WATCHDOG_MARGIN)
    asked = asyncio.create_task(stop.wait())
    lifespan = Lifespan(app)
    if not await _started(lifespan, unless=asked):
        leave(0)
        return 0
    connections = Connections(app, configuration(settings), lifespan.state, settings)
    door = Door(
        loop,
        connections,
        listening.sockets,
        most=most,
        stalled_timeout=settings.stalled_timeout,
    )
    door.open()
    # What start-up has made stays: to walk through it at every full collection would hold up all
    # connections for tens of milliseconds.
    gc.collect()
    gc.freeze()
    started(listening.url)
    await asked
    end = loop.time() + limit.total_seconds()
    log.info("stopping, a second signal ends it at once", extra={"connections": len(connections)})
    door.close()
    await connections.drain(timeout=shutdown_timeout)
    status = await _shut_down(lifespan, end=end)
    leave(status)
    return status


async def _started(lifespan: Lifespan, *, unless: asyncio.Task[None]) -> bool:
    starting = asyncio.create_task(lifespan.startup())
    await asyncio.wait({starting, unless}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        lifespan.cancel()
        return False
    try:
        starting.result()
    except Refused as refused:
        raise ConfigurationError(f"the application cannot start: {refused}") from None
    return True


async def _shut_down(lifespan: Lifespan, *, end: float) -> int:
    try:
        async with asyncio.timeout_at(end):
            await lifespan.shutdown()
    except (Refused, TimeoutError) as exc:
        reason = str(exc) or "it took too long"
        log.error("application not shut down well", extra={"reason": reason})
        return 1
    return 0
