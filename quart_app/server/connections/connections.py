"""All connections of one server: wakes those that have something, parks those that have not, and
sees that all of them end."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from datetime import timedelta
from typing import cast

from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework, ConnectionState, LifespanState

from quart_app.server.connections.connection import MOST_READ, Connection, Surroundings
from quart_app.server.connections.lingering import Leaving, has_read_all
from quart_app.server.connections.parking import Parked, Parking
from quart_app.server.connections.per_address import Guests
from quart_app.server.connections.watch import LEFT, Watch
from quart_app.server.connections.websockets import Websockets
from quart_app.server.connections.wire import Stream, Wire
from quart_app.settings import ServerSettings

CLEANUP_SECONDS = 0.4  # for handlers whose client is gone
JUST_NOW_SECONDS = 0.1
TICK_SECONDS = 1.0

log = logging.getLogger(__name__)


class Connections:
    """Each is parked, in use, a stream, or about to end."""

    def __init__(
        self,
        app: ASGIFramework,
        config: Config,
        state: LifespanState,
        settings: ServerSettings,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._watch = Watch(self._loop, self._on_ready)
        self._websockets = Websockets(app)
        self._config = config
        self._context = WorkerContext(max_requests=None)
        self._handlers: set[asyncio.Task[None]] = set()
        self._around = Surroundings(
            app=self._websockets,
            config=config,
            context=self._context,
            state=ConnectionState(state),
            handlers=self._handlers,
            watch=self._watch,
            head_timeout=settings.head_timeout,
        )
        self._keep_alive = settings.keep_alive_timeout.total_seconds()
        self._guests = Guests(settings.connections_per_address)
        self._parking = Parking()
        self._held: dict[int, Connection | Wire] = {}
        self._leaving = Leaving()
        self._tasks: dict[asyncio.Task[None], Connection] = {}
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick)

    def __len__(self) -> int:
        return len(self._parking) + len(self._held) + len(self._leaving)

    def enter(self, sock: socket.socket, host: str) -> None:
        """A new one. It begins parked, so one that is never used never costs more."""
        if not self._guests.admit(sock.fileno(), host):
            sock.close()
            return
        descriptor = sock.detach()
        self._parking.enter(descriptor, Parked(since=self._loop.time(), requests=0))
        try:
            self._watch.add(descriptor)
        except OSError as exc:  # the kernel has no room for one more
            log.warning("connection refused", extra={"reason": exc.strerror})
            self.drop(descriptor)

    @property
    def can_make_room(self) -> bool:
        """Whether one could be closed for another to come."""
        return self._least_missed() is not None

    def make_room(self) -> None:
        """Close the one that has rested longest; else one that is leaving, or has half a head."""
        least_missed = self._least_missed()
        if isinstance(least_missed, Connection):
            least_missed.give_way()
        elif least_missed is not None:
            self.drop(least_missed)

    def drop(self, descriptor: int) -> None:
        """Close it at once."""
        self._parking.leave(descriptor)
        self._held.pop(descriptor, None)
        self._leaving.forget(descriptor)
        self._guests.left(descriptor)
        self._watch.forget(descriptor)
        os.close(descriptor)

    def say_goodbye(self, descriptor: int) -> None:
        """Close it when the peer has read everything."""
        self._held.pop(descriptor, None)
        self._leaving.enter(descriptor, now=self._loop.time())
        if has_read_all(descriptor):
            self.drop(descriptor)

    def tell_when_writable(self, descriptor: int) -> None:
        """Call `ready` of its wire once the socket takes more."""
        self._watch.tell_when_writable(descriptor)

    def say_last(self) -> None:
        """From now on every answer is the last on its connection."""
        self._config.keep_alive_max_requests = 0

    async def drain(self, *, timeout: timedelta) -> None:
        """Let what is under way end for this long, and then end it. Connections without a request
        under way close at once, halves of a request's head too."""
        await self._context.terminated.set()
        for descriptor in self._parking.all():
            self.drop(descriptor)
        for held in list(self._held.values()):
            if isinstance(held, Wire):
                held.drain()
            else:
                held.leave_if_idle()
        goodbye = asyncio.create_task(self._websockets.close())
        await self._wait(timeout.total_seconds())
        # It may wait for a peer that does not read.
        goodbye.cancel()
        await self._cut()
        self._timer.cancel()
        self._watch.close()
        for descriptor in self._leaving.all():
            self.drop(descriptor)

    async def _cut(self) -> None:
        """End the connections that are left.

        Aborted, not closed: closing waits until the peer has read everything. To the application
        it is as if the client had left, which it knows how to clean up after. Cancelling comes
        last: Quart's handler does not hear of it and would go on while the application shuts down.
        """
        if self._tasks:
            log.warning("connections did not end in time", extra={"connections": len(self._tasks)})
        telling = [asyncio.create_task(each.tell_gone()) for each in self._tasks.values()]
        await self._wait(CLEANUP_SECONDS)
        for connection in self._tasks.values():
            connection.cancel()
        for task in (*self._tasks, *self._handlers, *telling):
            task.cancel()
        await self._wait(CLEANUP_SECONDS)

    async def _wait(self, seconds: float) -> None:
        if under_way := {*self._tasks, *self._handlers}:
            await asyncio.wait(under_way, timeout=seconds)

    def _least_missed(self) -> int | Connection | None:
        # Not one that came just now: its request is about to be read, and where many come at once
        # each would cut off the one before it.
        just_now = self._loop.time() - JUST_NOW_SECONDS
        for longest in (self._parking.longest(since_before=just_now), self._leaving.longest()):
            if longest is not None:
                return longest
        halves = (
            each for each in self._tasks.values() if each.waits_for_a_head(since_before=just_now)
        )
        return next(halves, None)

    def _on_ready(self, descriptor: int, events: int) -> None:
        if (held := self._held.get(descriptor)) is not None:
            held.ready(events)
        elif (parked := self._parking.leave(descriptor)) is not None:
            self._wake(descriptor, parked, events)
        elif descriptor in self._leaving and has_read_all(descriptor):
            self.drop(descriptor)

    def _wake(self, descriptor: int, parked: Parked, events: int) -> None:
        try:
            data = os.read(descriptor, MOST_READ)
        except BlockingIOError:
            self._park(descriptor, requests=parked.requests)
            return
        except OSError:
            data = b""
        if not data:
            self.drop(descriptor)
            return
        sock = socket.socket(fileno=descriptor)
        try:
            connection = Connection(sock, self._around, requests=parked.requests)
        except OSError:  # it has been reset meanwhile and has no address any more
            self.drop(sock.detach())
            return
        self._held[descriptor] = connection
        if events & LEFT or len(data) == MOST_READ:
            connection.ready(events)
        task = self._loop.create_task(self._serve(connection, data))
        self._tasks[task] = connection

    async def _serve(self, connection: Connection, data: bytes) -> None:
        rests = False
        try:
            rests = await connection.run(data)
        except asyncio.CancelledError:
            # By `_cut`. Said here, since the asyncio of Python 3.11 trips over cancelled tasks.
            log.debug("connection cancelled")
        except Exception as exc:
            # A peer can bring this about: no traceback for that.
            log.warning("connection failed", extra={"reason": repr(exc)})
            log.debug("connection failed", exc_info=True)
            connection.cancel()
        finally:
            del self._tasks[cast("asyncio.Task[None]", asyncio.current_task())]
            self._go_on(connection, rests=rests)

    def _go_on(self, connection: Connection, *, rests: bool) -> None:
        descriptor = connection.socket.detach()
        del self._held[descriptor]
        connection.let_go()
        if connection.stream is not None:
            self._stream(descriptor, connection.stream, connection)
        elif connection.has_left:
            self.drop(descriptor)
        elif rests:
            self._park(descriptor, requests=connection.requests)
        else:
            self.say_goodbye(descriptor)

    def _park(self, descriptor: int, *, requests: int) -> None:
        self._parking.enter(descriptor, Parked(since=self._loop.time(), requests=requests))
        if self._context.terminated.is_set():
            self.drop(descriptor)

    def _stream(self, descriptor: int, stream: Stream, connection: Connection) -> None:
        if connection.has_left:
            self.drop(descriptor)
            stream.gone()
            return
        wire = Wire(descriptor, stream, self, is_chunked=connection.is_chunked)
        self._held[descriptor] = wire
        try:
            stream.parked(wire)
        except Exception:
            log.exception("application failed")
            wire.end()
        if self._context.terminated.is_set():
            wire.drain()

    def _tick(self) -> None:
        now = self._loop.time()
        overdue = self._parking.resting_since_before(now - self._keep_alive)
        for descriptor in (*overdue, *self._leaving.overdue(now=now)):
            self.drop(descriptor)
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick)
