"""Gives each connection to hypercorn's protocol code, and sees that all of them end."""

from __future__ import annotations

import asyncio
import logging
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from datetime import timedelta
from typing import cast

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.events import Closed, Event, Updated
from hypercorn.protocol import ProtocolWrapper
from hypercorn.typing import ASGIFramework, LifespanState

from quart_app.server.websockets import Websockets

CLEANUP_SECONDS = 0.4  # for handlers whose client is gone
PING_SECONDS_AT_THE_END = 0.05

log = logging.getLogger(__name__)


class Connections:
    """The open connections of one server."""

    def __init__(self, app: ASGIFramework, config: Config, state: LifespanState) -> None:
        self._websockets = Websockets(app)
        self._app = ASGIWrapper(self._websockets)
        self._config = config
        self._state = state
        self._context = _Context(max_requests=None)
        self._open: dict[asyncio.Task[None], _Connection] = {}

    def __len__(self) -> int:
        return len(self._open)

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection, until it ends."""
        if self._context.terminated.is_set():
            # Accepted in the last moment: the application may have shut down before it is asked.
            writer.transport.abort()
            return
        loop = asyncio.get_running_loop()
        connection = _Connection(
            self._app, loop, self._config, self._context, self._state, reader, writer
        )
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._open[task] = connection
        try:
            await connection
        except asyncio.CancelledError:
            # By `_cut`. Said here, since the asyncio of Python 3.11 trips over cancelled tasks.
            log.debug("connection cancelled")
        except Exception as exc:
            # A peer can bring this about, with HTTP/2 out of order for one: no traceback for that.
            log.warning("connection failed", extra={"reason": repr(exc)})
            log.debug("connection failed", exc_info=True)
        finally:
            del self._open[task]

    async def drain(self, *, timeout: timedelta) -> None:
        """Let what is under way end for this long, and then end it.

        Connections without a request under way close at once, halves of a request's head too.
        """
        # From now on every answer says `Connection: close`.
        self._config.keep_alive_max_requests = 0
        await self._context.terminated.set()
        goodbye = asyncio.create_task(self._websockets.close())
        await self._wait(timeout.total_seconds())
        # It may wait for a peer that does not read.
        goodbye.cancel()
        await self._cut()

    async def _cut(self) -> None:
        """End the connections that are left.

        Aborted, not closed: closing waits until the peer has read everything. To the application
        it is as if the client had left, which it knows how to clean up after. Cancelling comes
        last: Quart's handler does not hear of it and would go on while the application shuts down.
        """
        if self._open:
            log.warning("connections did not end in time", extra={"connections": len(self)})
        telling = [asyncio.create_task(each.tell_gone()) for each in self._open.values()]
        await self._wait(CLEANUP_SECONDS)
        for task in (*self._open, *telling):
            task.cancel()
        await self._wait(CLEANUP_SECONDS)

    async def _wait(self, seconds: float) -> None:
        if self._open:
            await asyncio.wait(self._open, timeout=seconds)


class _Context(WorkerContext):
    async def sleep(self, wait: float) -> None:  # type: ignore[override]
        """Between two pings of a websocket, whose connection goes on until this returns. When the
        server stops nothing should have to wait for the next ping."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self.terminated.wait()
            await asyncio.sleep(min(wait, PING_SECONDS_AT_THE_END))


class _Connection(TCPServer):
    protocol: ProtocolWrapper | None = None  # type: ignore[assignment]  # until it is under way
    _has_read_all = False

    async def _read_data(self) -> None:
        await super()._read_data()
        # Hypercorn would keep a connection whose peer has left, and its descriptor, until the time
        # for the next request is over.
        self._has_read_all = True
        await self.idle_task.stop()

    async def protocol_send(self, event: Event) -> None:
        if self._has_read_all and isinstance(event, Updated) and event.idle:
            return
        await super().protocol_send(event)
        if self.writer.is_closing():
            # Once the peer has reset the connection nothing in hypercorn waits any more, and a
            # handler that only sends would hold up the event loop for ever.
            await asyncio.sleep(0)

    async def tell_gone(self) -> None:
        """As if the peer had left."""
        self.writer.transport.abort()
        if self.protocol is not None:
            # Hypercorn does so when it reads the end. While a pipelined request waits it does not
            # read.
            await self.protocol.handle(Closed())
