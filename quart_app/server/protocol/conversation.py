"""What is said over one connection: by the short way where it is ordinary, else by hypercorn."""

from __future__ import annotations

from hypercorn.config import Config
from hypercorn.events import Closed, RawData
from hypercorn.typing import ASGIFramework, ConnectionState

from quart_app.server.protocol.context import Context
from quart_app.server.protocol.exchange import Exchange, Send, scope_of
from quart_app.server.protocol.http1 import Http1
from quart_app.server.protocol.line import NOBODY, Line
from quart_app.server.protocol.ordinary import Ordinary, recognised
from quart_app.server.protocol.tasks import Inbox, Tasks

Address = tuple[str, int] | None


class Conversation:
    """Takes what the peer sends, and has the application answer. Which of the two ways an answer
    goes, the connection cannot tell."""

    def __init__(
        self,
        line: Line,
        app: ASGIFramework,
        config: Config,
        context: Context,
        tasks: Tasks,
        state: ConnectionState,
        client: Address,
        server: Address,
        *,
        requests: int,
    ) -> None:
        self.line = line
        self.config = config
        self._app = app
        self._context = context
        self._tasks = tasks
        self._state = state
        self._client = client
        self._server = server
        self._requests = requests
        self._hypercorn: Http1 | None = None
        self._exchange: Exchange | None = None

    @property
    def requests(self) -> int:
        """How many the connection has brought."""
        long = self._hypercorn
        return self._requests if long is None else long.keep_alive_requests

    @property
    def is_last(self) -> bool:
        """Whether the connection closes after the answer under way."""
        return self._context.is_last(self.requests)

    @property
    def is_over(self) -> bool:
        """Whether it has been let go."""
        return self.line is NOBODY

    @property
    def is_at_rest(self) -> bool:
        """Whether no request is under way, and none has begun to come."""
        return self._exchange is None and (self._hypercorn is None or self._hypercorn.is_at_rest)

    @property
    def is_within_a_request(self) -> bool:
        """Whether the client has sent a part of one, and the rest is to follow."""
        long = self._hypercorn
        return long is not None and (long.has_begun_a_head or long.awaits_body)

    @property
    def awaits_body(self) -> bool:
        """Whether the client has still to send a part of its request."""
        return self._hypercorn is not None and self._hypercorn.awaits_body

    def begin(self, data: bytes) -> bytes | None:
        """Have the application answer the ordinary request that these bytes begin with, while no
        other is under way. Returns what is behind it; `None` if it is for hypercorn."""
        is_between = self._hypercorn is None or self._hypercorn.is_at_rest
        most = self.config.h11_max_incomplete_size
        request = recognised(data, most=most) if is_between else None
        if request is None:
            return None
        self._call(request)
        return data[len(request.bytes) :]

    async def feed(self, data: bytes) -> None:
        """What the peer has sent; nothing at its end."""
        while True:
            if self._exchange is not None:
                if not data:
                    return  # and the application is told
                await self._exchange.wait()
            if self.is_over:
                return
            rest = self.begin(data) if data else None
            if rest is None:
                break
            if not rest:
                return
            data = rest
        if data or self._hypercorn is not None:
            await self._long_way().handle(RawData(data))

    async def close(self) -> None:
        """The peer is gone, or the connection over."""
        if self._exchange is not None:
            self._exchange.close()
        if self._hypercorn is not None:
            await self._hypercorn.handle(Closed())

    async def head_of_answer(self) -> list[tuple[bytes, bytes]]:
        """The headers of the answer under way, once its head is on its way out."""
        if self._exchange is not None:
            await self._exchange.take_the_long_way()
        return [] if self._hypercorn is None else self._hypercorn.answer_headers

    async def tell_of_the_end(self) -> None:
        """Have the application hear that its answer is out, if it gave it by the long way."""
        if self._hypercorn is not None:
            await self._hypercorn.tell_of_the_end()

    def let_go(self) -> None:
        """Nothing of it is to wait for the garbage collector."""
        self.line = NOBODY
        self._exchange = None
        if self._hypercorn is not None:
            self._hypercorn.let_go()

    async def say(self, exchange: Exchange, data: bytes) -> None:
        """The whole answer of an exchange."""
        is_last, goes_on = self.is_last, False
        try:
            await self.line.write(data, at_once=True)
            goes_on = not is_last and not self._context.terminated.is_set()
        finally:
            # A handler whose client reads too slowly is cancelled here.
            exchange.close()
            self._exchange = None
            if goes_on:
                self.line.answered()
            else:
                await self.line.hear(Closed())
            exchange.over()

    def long_way(self, exchange: Exchange) -> Send:
        """Have hypercorn give the answer to the request that it would have understood so too."""
        long = self._long_way()
        send = long.resumed(exchange.request.bytes, exchange.scope, exchange.inbox.put)
        self._exchange = None
        exchange.over()
        return send

    def _call(self, request: Ordinary) -> None:
        scope = scope_of(request)
        scope |= {
            "scheme": "http",
            "root_path": self.config.root_path,
            "client": self._client,
            "server": self._server,
            "state": self._state.copy(),
            "extensions": {},
        }
        inbox = Inbox(self.config.max_app_queue_size)
        self._exchange = exchange = Exchange(self, request, scope, inbox)
        self._tasks.call(self._app, scope, inbox, exchange.send)
        if self._hypercorn is None:
            self._requests += 1
        else:
            self._hypercorn.keep_alive_requests += 1

    def _long_way(self) -> Http1:
        if self._hypercorn is None:
            self._hypercorn = Http1(
                self.line,
                self._app,
                self.config,
                self._context,
                self._tasks,  # is entered by nobody
                self._state,
                self._client,
                self._server,
            )
            self._hypercorn.keep_alive_requests = self._requests
        return self._hypercorn
