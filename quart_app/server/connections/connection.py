"""A connection while it is in use: between its socket and the protocol's code."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.utils import parse_socket_addr

from quart_app.scope import PARK
from quart_app.server.connections import states, websocket
from quart_app.server.connections.inlet import Inlet
from quart_app.server.connections.leaving import close_by_reset
from quart_app.server.connections.outlet import Outlet
from quart_app.server.connections.states import State
from quart_app.server.connections.surroundings import Surroundings
from quart_app.server.connections.watch import GONE, LEFT, WRITABLE
from quart_app.server.connections.websocket import Websocket
from quart_app.server.connections.wire import Stream
from quart_app.server.protocol.conversation import Conversation
from quart_app.server.protocol.tasks import Tasks

# With a request that begins, or an answer that ends.
_PASSED_BY = (states.HEAD, states.STREAM)


class Connection:
    """From the first byte of a request until nothing is under way any more.

    An ordinary request needs no task but its handler's, which has the answer sent. Where anything
    else happens, there is a task of the connection's own from then on until it rests."""

    def __init__(self, sock: socket.socket, around: Surroundings, *, requests: int) -> None:
        self.socket = sock
        self.descriptor = sock.fileno()
        self.state = states.ANSWER
        self.since = 0.0
        self.task: asyncio.Task[None] | None = None
        """Its own."""
        self.stream: Stream | None = None
        """Set when the connection goes on as one."""
        self.is_chunked = False
        self.has_left = False
        """The peer has sent its last."""
        self._around = around
        self._loop = asyncio.get_running_loop()
        self._outlet = Outlet(sock, around.watch.tell_when_writable)
        self._inlet = Inlet(sock, self._outlet.give_up)
        self._tasks = Tasks(self._loop, around.handlers)
        self._websocket: Websocket | None = None
        self.write = self._outlet.write
        self._conversation = Conversation(
            self,
            around.app,
            around.config,
            around.context,
            self._tasks,
            around.state,
            parse_socket_addr(sock.family, sock.getpeername()),
            parse_socket_addr(sock.family, sock.getsockname()),
            requests=requests,
        )
        self._waiter: asyncio.Future[None] | None = None
        self._may_be_cut = False

    @property
    def requests(self) -> int:
        """How many requests the connection has brought."""
        return self._conversation.requests

    def begin(self, data: bytes) -> None:
        """Serve, beginning with these bytes."""
        rest = self._conversation.begin(data) if data else None
        if rest is None:
            self.attend(data)
        elif rest or self._inlet.has_unread:
            self.attend(rest or None)

    def attend(self, data: bytes | None = None) -> None:
        """Have a task of its own, which goes on with these bytes, unless it has been let go."""
        if self.task is None and not self._conversation.is_over:
            serving = self._around.serve(self, data)
            try:
                self.task = self._loop.create_task(serving)
            except BaseException:
                serving.close()
                raise

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
            self._inlet.has_unread = True
            if self.task is not None:
                self._wake()
            elif self.state is not states.AWAKE:
                self.attend()
            elif data := self._inlet.read(to_the_end=self.has_left):
                self._enter(states.ANSWER)
                self.begin(data)
            elif data is not None:
                self.has_left = True
                self._around.release(self)

    async def run(self, data: bytes | None) -> bool:
        """Go on with these bytes, or what comes; whether the connection rests then, or is over."""
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
        if self.task is None:
            self.attend()
        elif self._waiter is not None:
            self._wake()
        elif self._may_be_cut and self.task is not asyncio.current_task():
            # It holds bytes that no handler is to read any more, or waits for a handler whose
            # client is gone: perhaps for ever.
            self.task.cancel()

    def expire(self) -> None:
        """Its state has had its time."""
        if self.state is states.AWAKE:
            self._around.release(self)
        elif self.state in (states.HEAD, states.BODY):
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
        close_by_reset(self.socket)
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
        if data is None:
            data = await self._read()
        while data is not None and not self._is_over:
            await self._conversation.feed(data)
            if not data:
                self.has_left = True
                return
            data = await self._read()

    async def _read(self) -> bytes | None:
        """The next bytes, none at the end; `None` if the conversation is over, or rests."""
        while not self._is_over:
            data = self._inlet.read(to_the_end=self.has_left) if self._inlet.has_unread else None
            if data is not None:
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

    async def hear(self, event: Event) -> None:
        # Asked in this order, since what is not one of an abstract class is asked for slowly.
        if isinstance(event, Updated):
            if self.state in _PASSED_BY:
                self._enter(states.ANSWER)
            if event.idle:
                self._outlet.flush()
                self.answered()
        elif isinstance(event, RawData):
            await self._outlet.write(event.data)
        elif isinstance(event, Closed) and self.stream is None:
            self.finish()

    def answered(self) -> None:
        if self.task is not None:
            self._wake()
        elif self._outlet.is_empty and self._conversation.is_at_rest and not self._is_over:
            self._enter(states.AWAKE)
            longest = self._around.places.one_too_many(states.AWAKE)
            if isinstance(longest, Connection):
                self._around.release(longest)
        else:
            self.attend()

    async def park(self, scope: Any, stream: Stream) -> None:
        if PARK not in scope["extensions"]:  # it was refused
            stream.gone()
            return
        self.is_chunked = scope["http_version"] != "1.0"
        headers = await self._conversation.head_of_answer()
        if b"content-length" in {name.lower() for name, _ in headers}:
            raise RuntimeError("an answer that says its length cannot be parked")
        await self._outlet.emptied()
        if self._is_over or self.has_left or self._outlet.is_broken or not self.may_stream():
            stream.gone()
        else:
            self.stream = stream
            await self._conversation.tell_of_the_end()
        self.finish()

    async def call_websocket(self, scope: Any, receive: Any, send: Any) -> None:
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

    def may_stream(self) -> bool:
        has_place = self._is_over or self.state is states.STREAM
        if not has_place and (has_place := self._around.places.admits_one_to_last()):
            self._enter(states.STREAM)
        return has_place
