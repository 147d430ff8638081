"""Where a system has no epoll: hypercorn's own connections, each with its tasks and buffers."""

from __future__ import annotations

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Self

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework, LifespanState

CLEANUP_SECONDS = 0.4


class PlainFront:
    """Serves, drains and stops; holds nothing cheaply."""

    def __init__(self, app: ASGIFramework, config: Config, state: LifespanState) -> None:
        self._app = ASGIWrapper(app)
        self._config = config
        self._state = state
        self._context = WorkerContext(max_requests=None)
        self._servers: list[asyncio.Server] = []
        self._open: dict[asyncio.Task[Any], StreamWriter] = {}

    @classmethod
    async def before(
        cls,
        app: ASGIFramework,
        sockets: Sequence[socket.socket],
        config: Config,
        state: LifespanState,
    ) -> Self:
        """A front that accepts at once."""
        front = cls(app, config, state)
        for sock in sockets:
            server = await asyncio.start_server(front._serve, sock=sock, backlog=config.backlog)
            front._servers.append(server)
        return front

    def __len__(self) -> int:
        return len(self._open)

    def counts(self) -> dict[str, int]:
        return {"active": len(self)}

    def open(self) -> None:
        """It is open already, from `before` on."""

    def close(self) -> None:
        for server in self._servers:
            server.close()

    def say_last(self) -> None:
        """Hypercorn closes after an answer without saying so first, once it drains."""

    async def drain(self, *, timeout: timedelta) -> None:
        await self._context.terminated.set()
        await self._wait(timeout.total_seconds())
        for task, writer in self._open.items():
            writer.transport.abort()
            task.cancel()
        await self._wait(CLEANUP_SECONDS)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio calls this in one
        self._open[task] = writer
        loop = asyncio.get_running_loop()
        connection = TCPServer(
            self._app, loop, self._config, self._context, self._state, reader, writer
        )
        try:
            with suppress(asyncio.CancelledError):
                await connection
        finally:
            del self._open[task]

    async def _wait(self, seconds: float) -> None:
        if self._open:
            await asyncio.wait(self._open, timeout=seconds)
