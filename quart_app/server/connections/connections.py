"""All connections of one server: wakes what has something, parks what has not, ends all."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Iterator
from datetime import timedelta

from hypercorn.config import Config
from hypercorn.typing import ASGIFramework, ConnectionState, LifespanState

from quart_app.server.connections.connection import Connection
from quart_app.server.connections.draining import Draining
from quart_app.server.connections.inlet import MOST_READ
from quart_app.server.connections.leaving import has_read_all, stop_sending
from quart_app.server.connections.per_address import Guests
from quart_app.server.connections.places import Entry, Held, Places
from quart_app.server.connections.states import (
    AWAKE,
    CLOSING,
    LEAVING,
    PARKED,
    STREAM,
    State,
    Watched,
)
from quart_app.server.connections.surroundings import Surroundings
from quart_app.server.connections.watch import LEFT, WRITABLE, Watch
from quart_app.server.connections.wire import Stream, Wire
from quart_app.server.protocol.context import Context
from quart_app.settings import ServerSettings
from quart_app.signals import connection_refused

TICK_SECONDS = 1.0

log = logging.getLogger(__name__)


class Connections:
    """Moves each from state to state, as the table of them says."""

    def __init__(
        self,
        app: ASGIFramework,
        config: Config,
        state: LifespanState,
        settings: ServerSettings,
        *,
        most_lasting: int,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._settings = settings
        self._context = Context(most_requests=settings.keep_alive_requests)
        self._handlers: set[asyncio.Task[None]] = set()
        self.places = Places(self._loop.time, most_lasting=most_lasting)
        self._watch = Watch(self._loop, self._on_ready, self._on_failed, self.places.everywhere)
        self._around = Surroundings(
            app=app,
            config=config,
            context=self._context,
            state=ConnectionState(state),
            handlers=self._handlers,
            watch=self._watch,
            places=self.places,
            serve=self._serve,
            release=self._release,
        )
        self._guests = Guests(settings.connections_per_address)
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick)

    def __len__(self) -> int:
        return len(self.places)

    def enter(self, sock: socket.socket, host: str) -> None:
        """A new one. It begins parked, so one that is never used never costs more."""
        descriptor = sock.fileno()
        try:
            if self._guests.admit(descriptor, host):
                self.places.put(descriptor, PARKED, Entry(requests=0))
                self._watch.add(descriptor)
                sock.detach()
            else:
                connection_refused.send("one address", peer=host)
        except (OSError, MemoryError) as exc:  # the kernel, or this process, has no room for it
            self._forget(descriptor)
            connection_refused.send("all", reason=repr(exc), connections=len(self))
        finally:
            sock.close()  # unless it has been taken

    @property
    def can_make_room(self) -> bool:
        """Whether one could be closed for another to come."""
        return next(self._least_missed(), None) is not None

    def make_room(self) -> None:
        """Close the one that is missed least, if there is one."""
        for descriptor, held in self._least_missed():
            self._end(descriptor, held)
            return

    def drop(self, descriptor: int) -> None:
        """Close it at once."""
        try:
            self._forget(descriptor)
        finally:
            os.close(descriptor)

    def say_goodbye(self, descriptor: int) -> None:
        """Close it when the peer has read everything."""
        self._shift(descriptor, Entry(requests=0), LEAVING)
        stop_sending(descriptor)
        if has_read_all(descriptor):
            self.drop(descriptor)

    def close_when_taken(self, descriptor: int, wire: Wire) -> None:
        """It has said its last, and the socket has not taken all of it."""
        self._shift(descriptor, wire, CLOSING)

    def tell_when_writable(self, descriptor: int) -> None:
        """Call `ready` of its wire once the socket takes more."""
        self._watch.tell_when_writable(descriptor)

    def say_last(self) -> None:
        """From now on every answer is the last on its connection."""
        self._context.say_last()

    async def drain(self, *, timeout: timedelta) -> None:
        """Let what is under way end for this long, and then end it. Connections without a request
        under way close at once, halves of a request's head too."""
        await self._context.terminated.set()
        for _, held in self.places.all(AWAKE):
            if isinstance(held, Connection):
                self._release(held)
        for descriptor, _ in self.places.all(PARKED):
            self.drop(descriptor)
        for _, held in self.places.all(STREAM):
            if isinstance(held, Wire):
                held.drain()
        await Draining(self.places, self._handlers).run(timeout=timeout)
        self._timer.cancel()
        self._watch.close()
        for state in State:
            for descriptor, held in self.places.all(state):
                if not isinstance(held, Connection):  # whose task would close it once more
                    self._end(descriptor, held)

    def _least_missed(self) -> Iterator[tuple[int, Held]]:
        # Not one that came just now: its request is about to be read, and where many come at once
        # each would cut off the one before it.
        now = self._loop.time()
        for state in State:
            spared = state.value.makes_room_after
            if spared is not None:
                yield from self.places.before(now - spared.total_seconds(), state)

    def _on_ready(self, descriptor: int, events: int) -> None:
        if (found := self.places.find(descriptor)) is None:
            return
        state, held = found
        if isinstance(held, Entry):
            if state is PARKED:
                self._wake(descriptor, held, events)
            elif has_read_all(descriptor):
                self.drop(descriptor)
        elif isinstance(held, Connection | Wire):
            if state is CLOSING and events & WRITABLE:
                # It goes on, however slowly.
                self.places.move(descriptor, held, before=state, now=state)
            held.ready(events)

    def _on_failed(self, descriptor: int, exc: Exception) -> None:
        """For want of memory, say: the trouble of one connection is to be no other's."""
        log.warning("connection failed", extra={"reason": repr(exc)})
        if (found := self.places.find(descriptor)) is not None:
            self._end(descriptor, found[1])

    def _end(self, descriptor: int, held: Held) -> None:
        if isinstance(held, Connection):
            held.give_way()
        elif isinstance(held, Wire):
            held.cut()
        else:
            self.drop(descriptor)

    def _shift(self, descriptor: int, held: Held, state: State) -> None:
        if (found := self.places.find(descriptor)) is not None:
            self.places.move(descriptor, held, before=found[0], now=state)

    def _forget(self, descriptor: int) -> None:
        self.places.forget(descriptor)
        self._watch.forget(descriptor)
        self._guests.left(descriptor)

    def _wake(self, descriptor: int, entry: Entry, events: int) -> None:
        try:
            data = os.read(descriptor, MOST_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.drop(descriptor)
            return
        sock = socket.socket(fileno=descriptor)
        try:
            self._begin(sock, data, events, requests=entry.requests)
        except BaseException as exc:
            # The descriptor is to be closed once: below, or by who hears of this.
            sock.detach()
            if not isinstance(exc, OSError):
                raise
            self.drop(descriptor)  # it has been reset meanwhile and has no address any more

    def _begin(self, sock: socket.socket, data: bytes, events: int, *, requests: int) -> None:
        connection = Connection(sock, self._around, requests=requests)
        self.places.move(sock.fileno(), connection, before=PARKED, now=connection.state)
        try:
            connection.begin(data)
            if events & LEFT or len(data) == MOST_READ:
                connection.ready(events)
        except BaseException:
            connection.cancel()
            connection.let_go()  # by the time a handler goes on, the descriptor is another's
            self._shift(sock.fileno(), Entry(requests=requests), PARKED)
            raise

    async def _serve(self, connection: Connection, data: bytes | None) -> None:
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
            self._release(connection, rests=rests)

    def _release(self, connection: Connection, *, rests: bool = True) -> None:
        descriptor = connection.socket.detach()
        try:
            self._go_on(descriptor, connection, rests=rests)
        except Exception as exc:  # noqa: BLE001 - with what was begun, nothing is left over
            log.warning("connection failed", extra={"reason": repr(exc)})
            if self.places.find(descriptor) is not None:
                self.drop(descriptor)

    def _go_on(self, descriptor: int, connection: Connection, *, rests: bool) -> None:
        state = connection.state
        connection.let_go()
        if connection.stream is not None:
            self._stream(descriptor, connection.stream, connection)
        elif connection.has_left or (rests and self._context.terminated.is_set()):
            self.drop(descriptor)
        elif rests:
            entry = Entry(requests=connection.requests)
            self.places.move(descriptor, entry, before=state, now=PARKED)
            if state is AWAKE:
                entry.since = connection.since  # it has rested since then
        else:
            self.say_goodbye(descriptor)

    def _stream(self, descriptor: int, stream: Stream, connection: Connection) -> None:
        if connection.has_left:
            self.drop(descriptor)
            stream.gone()
            return
        try:
            wire = Wire(descriptor, stream, self, is_chunked=connection.is_chunked)
            self._shift(descriptor, wire, STREAM)
        except MemoryError:
            stream.gone()
            raise
        try:
            stream.parked(wire)
        except Exception:
            log.exception("application failed")
            wire.end()
        if self._context.terminated.is_set():
            wire.drain()

    def _tick(self) -> None:
        try:
            now = self._loop.time()
            for state in State:
                if state.value.watched is Watched.HERE:
                    limit = state.value.limit(self._settings).total_seconds()
                    for descriptor, held in list(self.places.before(now - limit, state)):
                        if isinstance(held, Connection):
                            held.expire()
                        else:
                            self._end(descriptor, held)
        finally:
            self._timer = self._loop.call_later(TICK_SECONDS, self._tick)
