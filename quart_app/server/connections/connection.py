"""A connection while it is in use: between its socket and hypercorn's protocol code."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.typing import ASGIFramework, ConnectionState, Scope
from hypercorn.utils import parse_socket_addr

from quart_app.scope import PARK
from quart_app.server.connections.outlet import Outlet
from quart_app.server.connections.watch import GONE, LEFT, WRITABLE, Watch
from quart_app.server.connections.wire import Stream
from quart_app.server.protocol.conversation import Conversation
from quart_app.server.protocol.tasks import Tasks

MOST_READ = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all connections of a server share."""

    app: ASGIFramework
    config: Config
    context: WorkerContext
    state: ConnectionState
    handlers: set[asyncio.Task[None]]
    """All that run, also those that go on after their answer."""
    watch: Watch
    head_timeout: timedelta


class Connection:
    """From the first byte of a request until nothing is under way any more."""

    def __init__(self, sock: socket.socket, around: Surroundings, *, requests: int) -> None:
        self.socket = sock
        self.stream: Stream | None = None
        """Set when the connection goes on as one."""
        self.is_chunked = False
        self.has_left = False
        """The peer has sent its last."""
        self._around = around
        self._loop = asyncio.get_running_loop()
        self._outlet = Outlet(sock, around.watch.tell_when_writable)
        self._tasks = Tasks(self._loop, around.handlers)
        self._conversation = Conversation(
            self._call,
            around.config,
            around.context,
            self._tasks,
            around.state,
            parse_socket_addr(sock.family, sock.getpeername()),
            parse_socket_addr(sock.family, sock.getsockname()),
            self._hear,
            write=self._outlet.write,
            requests=requests,
        )
        self._is_idle = True
        self._is_over = False
        self._idle_since = self._loop.time()
        self._has_unread = False
        self._waiter: asyncio.Future[None] | None = None
        self._task: asyncio.Task[Any] | None = None

    @property
    def requests(self) -> int:
        """How many requests the connection has brought."""
        return self._conversation.requests

    def ready(self, events: int) -> None:
        """The socket has these events."""
        if events & (WRITABLE | LEFT):
            self._outlet.flush()
            self._wake()
        if events & LEFT:
            self.has_left = True
        if events & GONE:
            # Said even to a handler behind which another request waits, so that nothing is read.
            self._outlet.give_up()
            self._finish()
        if events & ~WRITABLE:
            self._has_unread = True
            self._wake()

    async def run(self, data: bytes) -> bool:
        """Serve, beginning with these bytes; whether the connection rests then, or is over."""
        self._task = asyncio.current_task()
        try:
            await self._converse(data)
        except asyncio.CancelledError:
            if not self._is_over:
                raise
        finally:
            self._task = None
        if self.stream is not None:
            return False
        if not self._is_over and not self.has_left:
            return True
        await self._conversation.close()
        if self._is_over:
            await self._outlet.emptied()
            self._shut()
        # A peer that only stopped sending may still be answered.
        await self._tasks.ended()
        await self._outlet.emptied()
        return False

    def waits_for_a_head(self, *, since_before: float) -> bool:
        """Whether half of a request's head is here, and has been for so long."""
        is_idle = self._is_idle and self._outlet.is_empty and not self._is_over
        return is_idle and self._idle_since < since_before

    def leave_if_idle(self) -> None:
        """End the connection, if no request is under way."""
        # Without a waiter its task is about to read what has just arrived.
        if self._is_idle and self._waiter is not None:
            self._finish()

    def give_way(self) -> None:
        """End the connection: another one is to have its place."""
        self.has_left = True
        self._finish()

    async def tell_gone(self) -> None:
        """End the connection as if the peer had left."""
        self._outlet.give_up()
        with suppress(OSError):  # it has just ended by itself
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.has_left = True
        self._finish()
        await self._conversation.close()

    def cancel(self) -> None:
        """End what still runs."""
        self._tasks.cancel()

    def let_go(self) -> None:
        """It has ended, or rests: nothing of it is to wait for the garbage collector, whose turn
        comes after hundreds of others."""
        self._conversation.let_go()

    async def _converse(self, data: bytes | None) -> None:
        while data is not None:
            await self._conversation.feed(data)
            if not data:
                self.has_left = True
                return
            data = await self._read()

    async def _read(self) -> bytes | None:
        """The next bytes, none at the end; `None` if the conversation is over, or rests."""
        while not self._is_over:
            if self._has_unread:
                try:
                    data = self.socket.recv(MOST_READ)
                except BlockingIOError:
                    self._has_unread = False
                    continue
                except OSError:
                    self._outlet.give_up()
                    return b""
                self._has_unread = len(data) == MOST_READ or self.has_left
                return data
            if self._is_at_rest():
                return None
            await self._arrival()
        return None

    def _is_at_rest(self) -> bool:
        return self._is_idle and self._outlet.is_empty and not self._conversation.has_unread

    async def _arrival(self) -> None:
        self._waiter = self._loop.create_future()
        # A client that has begun a request has a certain time to finish its head.
        due = self._idle_since + self._around.head_timeout.total_seconds()
        timer = self._loop.call_at(due, self._finish) if self._is_idle else None
        try:
            await self._waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _finish(self) -> None:
        self._is_over = True
        if self._waiter is not None:
            self._wake()
        elif self._task is not asyncio.current_task() and self._task is not None:
            # It holds bytes that no handler is to read any more, and would wait for one for ever.
            self._task.cancel()

    async def _hear(self, event: Event) -> None:
        if isinstance(event, RawData):
            await self._outlet.write(event.data)
        elif isinstance(event, Updated):
            self._is_idle = event.idle
            if event.idle:
                self._outlet.flush()
                self._idle_since = self._loop.time()
                self._wake()
        elif isinstance(event, Closed) and self.stream is None:
            self._finish()

    async def _call(
        self, scope: Scope, receive: Any, send: Any, sync_spawn: Any = None, call_soon: Any = None
    ) -> None:
        if scope["type"] == "http" and scope["method"] != "HEAD":
            scope["extensions"][PARK] = {}
            self.is_chunked = scope["http_version"] != "1.0"
            send = partial(self._send, send)
        await self._around.app(scope, receive, send)

    async def _send(self, send: Any, message: Any) -> None:
        if message["type"] == PARK:
            await self._hand_over(message["stream"])
        else:
            await send(message)

    async def _hand_over(self, stream: Stream) -> None:
        headers = await self._conversation.head_of_answer()
        if b"content-length" in {name.lower() for name, _ in headers}:
            raise RuntimeError("an answer that says its length cannot be parked")
        await self._outlet.emptied()
        if self._is_over or self.has_left or self._outlet.is_broken:
            stream.gone()
            return
        self.stream = stream
        await self._conversation.tell_of_the_end()
        self._finish()

    def _shut(self) -> None:
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.has_left = True  # the peer has reset the connection
