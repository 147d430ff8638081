"""A connection while it is in use: between its socket and the protocol's code."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.typing import ASGIFramework, ConnectionState
from hypercorn.utils import parse_socket_addr

from quart_app.scope import PARK
from quart_app.server.connections import states, websocket
from quart_app.server.connections.outlet import Outlet
from quart_app.server.connections.places import Places
from quart_app.server.connections.states import State
from quart_app.server.connections.watch import GONE, LEFT, WRITABLE, Watch
from quart_app.server.connections.websocket import Websocket
from quart_app.server.connections.wire import Stream
from quart_app.server.protocol.context import Context
from quart_app.server.protocol.conversation import Conversation
from quart_app.server.protocol.tasks import Tasks

MOST_READ = 64 * 1024
_RESET = struct.pack("ii", 1, 0)
# With a request that begins, or an answer that ends.
_PASSED_BY = (states.HEAD, states.STREAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all connections of a server share."""

    app: ASGIFramework
    config: Config
    context: Context
    state: ConnectionState
    handlers: set[asyncio.Task[None]]
    """All that run, also those that go on after their answer."""
    watch: Watch
    places: Places


class Connection:
    """From the first byte of a request until nothing is under way any more."""

    def __init__(self, sock: socket.socket, around: Surroundings, *, requests: int) -> None:
        self.socket = sock
        self.descriptor = sock.fileno()
        self.state = states.ANSWER
        self.since = 0.0
        self.task: asyncio.Task[None] | None = None
        """Until it rests again, or is over."""
        self.stream: Stream | None = None
        """Set when the connection goes on as one."""
        self.is_chunked = False
        self.has_left = False
        """The peer has sent its last."""
        self._around = around
        self._loop = asyncio.get_running_loop()
        self._outlet = Outlet(sock, around.watch.tell_when_writable)
        self._tasks = Tasks(self._loop, around.handlers)
        self._websocket: Websocket | None = None
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
            may_stream=self._may_stream,
            requests=requests,
        )
        self._has_unread = False
        self._waiter: asyncio.Future[None] | None = None
        self._may_be_cut = False

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
            self.finish()
        if events & ~WRITABLE:
            self._has_unread = True
            self._wake()

    async def run(self, data: bytes) -> bool:
        """Serve, beginning with these bytes; whether the connection rests then, or is over."""
        self._may_be_cut = True
        try:
            await self._converse(data)
            if self.has_left and not self._is_over:
                # A peer that only stopped sending may still be answered.
                await self._tell_the_application()
                await self._tasks.ended()
        except asyncio.CancelledError:
            if not self._is_over:
                raise
        finally:
            self._may_be_cut = False
        rests = not self._is_over and not self.has_left
        if rests or self.stream is not None:
            return rests
        await self._tell_the_application()
        await self._outlet.emptied()
        self._tasks.cancel_beside()
        return False

    def leave_if_idle(self) -> None:
        """End the connection, if no request is under way."""
        if self.state is states.HEAD:
            self.finish()

    def finish(self) -> None:
        """End it, when what was said is on its way."""
        if not self._is_over:
            self._enter(states.CLOSING)
        if self._waiter is not None:
            self._wake()
        elif self._may_be_cut and self.task is not asyncio.current_task():
            # It holds bytes that no handler is to read any more, or waits for a handler whose
            # client is gone: perhaps for ever.
            self.task.cancel()  # type: ignore[union-attr]

    def expire(self) -> None:
        """Its state has had its time."""
        if self.state in (states.HEAD, states.BODY):
            self.finish()
        else:
            self.give_way()

    def give_way(self) -> None:
        """End it, whatever is still to be said: another one is to have its place."""
        self.has_left = True
        self._outlet.give_up()
        self.finish()

    async def tell_gone(self) -> None:
        """End the connection as if the peer had left."""
        with suppress(OSError):  # it has just ended by itself
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.give_way()
        await self._conversation.close()

    async def say_goodbye(self) -> None:
        """If it is a websocket: we go away."""
        if self._websocket is not None:
            await self._websocket.close()

    def cancel(self) -> None:
        """End what still runs."""
        self._tasks.cancel()

    def let_go(self) -> None:
        """It has ended, or rests: nothing of it is to wait for the garbage collector, whose turn
        comes after hundreds of others."""
        self.state = states.CLOSING
        self._conversation.let_go()
        self._websocket = self.task = None

    @property
    def _is_over(self) -> bool:
        return self.state is states.CLOSING or self.stream is not None

    def _enter(self, state: State) -> None:
        if state is not self.state:
            self._around.places.move(self.descriptor, self, before=self.state, now=state)
            self.state = state

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
                if self.state is states.BODY:
                    self._enter(states.ANSWER)
                return data
            if self._conversation.is_at_rest and self._outlet.is_empty:
                return None
            await self._arrival()
        return None

    async def _arrival(self) -> None:
        if self.state is states.ANSWER and self._conversation.is_within_a_request:
            self._enter(states.BODY if self._conversation.awaits_body else states.HEAD)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    async def _tell_the_application(self) -> None:
        if self._websocket is not None:
            self._websocket.over()
        await self._conversation.close()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _hear(self, event: Event) -> None:
        # Asked in this order, since what is not one of an abstract class is asked for slowly.
        if isinstance(event, Updated):
            if self.state in _PASSED_BY:
                self._enter(states.ANSWER)
            if event.idle:
                self._outlet.flush()
                self._wake()
        elif isinstance(event, RawData):
            await self._outlet.write(event.data)
        elif isinstance(event, Closed) and self.stream is None:
            self.finish()

    async def _call(self, scope: Any, receive: Any, send: Any, *_of_hypercorn: Any) -> None:
        if scope["type"] == "websocket":
            await self._call_websocket(scope, receive, send)
            return
        if scope["method"] != "HEAD":
            scope["extensions"][PARK] = {}
            self.is_chunked = scope["http_version"] != "1.0"
            send = partial(self._send, scope, send)
        await self._around.app(scope, receive, send)

    async def _send(self, scope: Any, send: Any, message: Any) -> None:
        if message["type"] != PARK:
            await send(message)
        elif PARK in scope["extensions"]:
            await self._hand_over(message["stream"])
        else:  # it was refused
            message["stream"].gone()

    async def _hand_over(self, stream: Stream) -> None:
        headers = await self._conversation.head_of_answer()
        if b"content-length" in {name.lower() for name, _ in headers}:
            raise RuntimeError("an answer that says its length cannot be parked")
        await self._outlet.emptied()
        if self._is_over or self.has_left or self._outlet.is_broken or not self._may_stream():
            stream.gone()
        else:
            self.stream = stream
            await self._conversation.tell_of_the_end()
        self.finish()

    async def _call_websocket(self, scope: Any, receive: Any, send: Any) -> None:
        if self._is_over:
            return
        self._websocket = Websocket(send, self._said_goodbye)
        if self._around.places.admits_one_to_last():
            self._enter(states.WEBSOCKET)
            await self._around.app(scope, receive, self._websocket.send)
        else:
            await websocket.refuse(receive, self._websocket.send)

    def _said_goodbye(self) -> None:
        if not self._is_over:
            self._enter(states.GOODBYE)

    def _may_stream(self) -> bool:
        """Whether there is room for one more; it has a place then."""
        has_place = self._is_over or self.state is states.STREAM
        if not has_place and (has_place := self._around.places.admits_one_to_last()):
            self._enter(states.STREAM)
        return has_place
