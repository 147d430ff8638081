"""HTTP/1 as hypercorn speaks it, without ways from there to HTTP/2."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import time
from typing import Any

import h11
from hypercorn.config import Config
from hypercorn.events import Closed
from hypercorn.protocol.events import Request
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol
from hypercorn.typing import ASGIFramework, ConnectionState, H11SendableEvent

from quart_app.server.protocol.context import Context
from quart_app.server.protocol.http_stream import HttpStream
from quart_app.server.protocol.line import NOBODY, Line
from quart_app.server.protocol.rfc9112 import StrictConnection

_ABNORMAL = 1006


class Http1(H11Protocol):
    """HTTP/2 without TLS is nothing that a browser speaks. But a proxy that passes `Upgrade` on for
    websockets would pass `h2c` too, and then requests that it never sees."""

    def __init__(
        self,
        line: Line,
        app: ASGIFramework,
        config: Config,
        context: Context,
        tasks: Any,
        state: ConnectionState,
        client: Any,
        server: Any,
    ) -> None:
        in_clear = False
        super().__init__(
            line.call_websocket,  # type: ignore[arg-type]  # our tasks call it with three
            config,
            context,
            tasks,  # is entered by nobody
            state,
            in_clear,
            client,
            server,
            line.hear,
        )
        self.line = line
        self._app_for_http = app
        self._is_last = context.is_last
        self.connection = StrictConnection(most=self.config.h11_max_incomplete_size)

    @property
    def has_begun_a_head(self) -> bool:
        """Whether a part of a request's head is here."""
        connection = self.connection
        is_between = connection.their_state is h11.IDLE
        return (
            is_between and isinstance(connection, StrictConnection) and connection.has_begun_a_head
        )

    @property
    def awaits_body(self) -> bool:
        """Whether a part of a request's body is still to come."""
        return self.connection.their_state is h11.SEND_BODY

    def let_go(self) -> None:
        """What is still said goes to nobody."""
        self.line = NOBODY
        self.stream = None
        self.send = NOBODY.hear
        self.app = NOBODY.call_websocket  # type: ignore[assignment]

    @property
    def answer_headers(self) -> list[tuple[bytes, bytes]]:
        """Of the answer under way, as the application gave them."""
        return list(self.stream.response["headers"]) if self.stream is not None else []

    async def tell_of_the_end(self) -> None:
        """To the application, as after an answer that is whole. Quart waits for it from 0.23 on."""
        if self.stream is not None and self.stream.app_put is not None:
            await self.stream.app_put({"type": "http.disconnect"})

    async def _handle_events(self) -> None:
        await super()._handle_events()
        if self.stream is not None and self.stream.closed:
            # A websocket that was refused: hypercorn leaves the connection and its handler as they
            # are then, for ever.
            if self.stream.app_put is not None:
                await self.stream.app_put({"type": "websocket.disconnect", "code": _ABNORMAL})
            await self.send(Closed())

    async def _check_protocol(self, event: h11.Request) -> None:
        """An upgrade to h2c is ignored, as RFC 9110 allows: the request is served as it is."""

    async def _create_stream(self, request: h11.Request) -> None:
        if any(name == b"upgrade" for name, _ in request.headers):
            await super()._create_stream(request)
        else:
            await self._create_http_stream(request)

    @property
    def is_at_rest(self) -> bool:
        """Whether the next bytes begin a request."""
        is_between = self.stream is None and self.connection.their_state is h11.IDLE
        return is_between and not self.has_begun_a_head

    def resumed(
        self, data: bytes, scope: Any, put: Callable[[Any], Awaitable[None]]
    ) -> Callable[[Any], Awaitable[None]]:
        """Go on with a request that was taken from these bytes already, and is counted: where to
        send what the application answers."""
        self.connection.receive_data(data)
        while not isinstance(self.connection.next_event(), h11.EndOfMessage):
            pass
        self.stream = stream = self._new_http_stream()
        stream.scope = scope
        stream.app_put = put
        stream.start_time = time()
        return stream.app_send

    async def _create_http_stream(self, request: h11.Request) -> None:
        self.stream = self._new_http_stream()
        await self.stream.handle(
            Request(
                stream_id=STREAM_ID,
                headers=list(request.headers),
                http_version=request.http_version.decode(),
                method=request.method.decode("ascii").upper(),
                raw_path=request.target,
                state=self.connection_state,
            )
        )
        self.keep_alive_requests += 1

    def _new_http_stream(self) -> HttpStream:
        return HttpStream(
            self._app_for_http,
            self.config,
            self.context,
            self.task_group,
            self.ssl,
            self.client,
            self.server,
            self.stream_send,
            STREAM_ID,
            out=self._send_h11_event,
            line=self.line,
            is_last=lambda: self._is_last(self.keep_alive_requests),
        )

    async def _send_h11_event(self, event: H11SendableEvent) -> None:
        try:
            data = self.connection.send(event)
        except h11.LocalProtocolError:
            if self.connection.their_state is not h11.ERROR:
                raise
        else:
            if data:
                await self.line.write(data)
