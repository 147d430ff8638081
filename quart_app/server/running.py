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
from quart_app.server.lifespan import Lifespan, Refused
from quart_app.server.stopping import StopSignals, leave

# After the requests: for handlers to clean up, and for the application to shut down. With the
# default of SHUTDOWN_TIMEOUT, all of it together stays below five seconds.
AFTER_REQUESTS = timedelta(seconds=1.4)
WATCHDOG_MARGIN = timedelta(seconds=0.2)
# To asyncio a backlog is also how often it tries to accept in a row, and without a descriptor left
# it goes on trying: 2048 tracebacks a second would fill the disk.
ACCEPTED_AT_ONCE = 1
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
    new_loop: Callable[[], AbstractEventLoop] = fastest_loop,
) -> int:
    """Serve until SIGINT or SIGTERM; the process's exit status. This is the last thing that a
    process does: a moment after it returns there is no more process.

    `started` is called with the URL. Raises `ConfigurationError` if the server cannot start.
    """
    _allow_many_connections()
    with address.listening() as listening, asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(_serve(app, listening, shutdown_timeout, started))


def _allow_many_connections() -> None:
    # 1024 descriptors are given to who does not ask, and one idle client can hold as many.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(
    app: ASGIFramework, listening: Listening, shutdown_timeout: timedelta, started: Started
) -> int:
    loop = asyncio.get_running_loop()
    limit = shutdown_timeout + AFTER_REQUESTS
    stop = StopSignals(limit=limit + WATCHDOG_MARGIN)
    asked = asyncio.create_task(stop.wait())
    lifespan = Lifespan(app)
    if not await _started(lifespan, unless=asked):
        leave(0)
        return 0
    config = configuration()
    connections = Connections(app, config, lifespan.state)
    servers = [
        await asyncio.start_server(connections.serve, sock=sock, backlog=ACCEPTED_AT_ONCE)
        for sock in listening.sockets
    ]
    for sock in listening.sockets:
        sock.listen(config.backlog)  # again: starting a server has set it
    # What start-up has made stays: to walk through it at every full collection would hold up all
    # connections for tens of milliseconds.
    gc.collect()
    gc.freeze()
    started(listening.url)
    await asked
    end = loop.time() + limit.total_seconds()
    log.info("stopping, a second signal ends it at once", extra={"connections": len(connections)})
    for server in servers:
        # Closed and not waited for: from Python 3.12 on that waits for every connection, so that
        # hypercorn's own stopping never ends while a page waits for news. Draining knows them all.
        server.close()
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
