"""The life of a server: listen, start the application, serve, drain, end."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypercorn.typing import ASGIFramework

from quart_app.errors import ConfigurationError
from quart_app.scope import DRAINING
from quart_app.server.front import Front, front_of
from quart_app.server.lifespan import Lifespan, Refused
from quart_app.server.listening.address import Address, Listening
from quart_app.server.notify import READY, STOPPING, notify
from quart_app.server.stopping import StopSignals, Times
from quart_app.server.terminal import keep_standard_streams
from quart_app.server.watchdog import Watchdog
from quart_app.server.workers.inherited import Inherited
from quart_app.settings import ServerSettings

# A part of the time for requests: what was accepted a moment ago may be about to send one.
LAST_MOMENT = timedelta(seconds=0.25)
_OBJECTS_BETWEEN_COLLECTIONS, _COLLECTIONS_BETWEEN_WIDER_ONES = 5_000, 1
Started = Callable[[str], None]
Observed = Callable[[Front], None]

log = logging.getLogger(__name__)


def _unobserved(_front: Front) -> None: ...


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
    address: Address | Inherited,
    settings: ServerSettings,
    started: Started,
    observed: Observed = _unobserved,
    new_loop: Callable[[], AbstractEventLoop] = fastest_loop,
) -> int:
    """Serve until SIGINT or SIGTERM; the process's exit status. This is the last thing that a
    process does: a moment after it returns there is no more process.

    While it waits for load balancers to look away, and while it drains, the state that goes with
    requests says `quart_app.draining`. `started` is called with the URL, or with several, and
    `observed` before with what can be asked how many connections there are. Raises
    `ConfigurationError` if the server cannot start.
    """
    keep_standard_streams()
    _allow_many_descriptors()
    worker = address if isinstance(address, Inherited) else None
    with address.listening(backlog=settings.backlog, mode=settings.bind_mode) as listening:
        runner = asyncio.Runner(loop_factory=new_loop)
        try:
            return runner.run(_serve(app, listening, settings, started, observed, worker))
        finally:
            # It waits for the loop's threads in one more thread, which the system may refuse.
            with suppress(RuntimeError):
                runner.close()


def _allow_many_descriptors() -> None:
    # 1024 are given to a process that does not ask, and one idle client can hold as many.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _freeze() -> None:
    # What start-up has made stays: to walk through it at every full collection would hold up all
    # connections for tens of milliseconds.
    gc.collect()
    gc.freeze()
    # Python looks for garbage every 700 new objects. Requests under way have more than that, and
    # are looked through again and again while they live. What lived through one look is looked at
    # again soon, or hundreds of requests that have ended would lie about between open streams.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, _COLLECTIONS_BETWEEN_WIDER_ONES)


async def _serve(
    app: ASGIFramework,
    listening: Listening,
    settings: ServerSettings,
    started: Started,
    observed: Observed,
    worker: Inherited | None,
) -> int:
    times = Times.of(settings)
    watchdog = Watchdog()
    stop = StopSignals(times, watchdog)
    if worker is not None:
        worker.watch(stop)
    asked = asyncio.create_task(stop.wait())
    lifespan = Lifespan(app)
    if not await _started(lifespan, unless=asked):
        watchdog.leave(0)
        return 0
    front = await front_of(app, listening.sockets, settings, lifespan.state)
    front.open()
    observed(front)
    _freeze()
    started(listening.url)
    notify(READY)
    await asked
    log.info("stopping, a second signal ends it at once", extra={"connections": len(front)})
    await _let_others_look_away(lifespan.state, stop)
    end = asyncio.get_running_loop().time() + times.drained.total_seconds()
    front.close()
    await _drain(front, lifespan.state, times)
    status = await _shut_down(lifespan, end=end)
    watchdog.leave(status)
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


async def _let_others_look_away(state: dict[str, Any], stop: StopSignals) -> None:
    notify(STOPPING)
    # Where another worker serves in this one's place, no load balancer is to.
    state[DRAINING] = not stop.is_hurried
    await stop.delay()


async def _drain(front: Front, state: dict[str, Any], times: Times) -> None:
    front.say_last()
    last_moment = min(LAST_MOMENT, times.requests)
    await asyncio.sleep(last_moment.total_seconds())
    state[DRAINING] = True
    await front.drain(timeout=times.requests - last_moment)


async def _shut_down(lifespan: Lifespan, *, end: float) -> int:
    try:
        async with asyncio.timeout_at(end):
            await lifespan.shutdown()
    except (Refused, TimeoutError) as exc:
        reason = str(exc) or "it took too long"
        log.error("application not shut down well", extra={"reason": reason})
        return 1
    return 0
