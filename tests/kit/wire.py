"""A wire to a server that can be made slow, deaf or mad."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.kit.polling import eventually


class Wire:
    """Passes bytes to a server and back, unless told to do otherwise."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.port = 0
        self.delay_seconds = 0.0
        self.answers_with: bytes | None = None
        self.swallows_answers = False
        self.drops_after_requests: int | None = None
        self.requests = 0
        self._open: set[asyncio.StreamWriter] = set()

    @classmethod
    @asynccontextmanager
    async def to(cls, server_port: int) -> AsyncIterator[Wire]:
        wire = cls(server_port)
        listener = await asyncio.start_server(wire._serve, "127.0.0.1", 0)
        wire.port = listener.sockets[0].getsockname()[1]
        try:
            yield wire
        finally:
            listener.close()
            await wire.cut()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def cut(self) -> None:
        """Close every connection that is open now."""
        for writer in tuple(self._open):
            writer.close()
        await eventually(lambda: not self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server = None
        self._open.add(writer)
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.server_port)
            back = asyncio.create_task(self._back(from_server, writer))
            await self._forth(reader, to_server, writer)
            back.cancel()
            await asyncio.wait([back])
        except ConnectionError:
            pass
        finally:
            for end in filter(None, (to_server, writer)):
                end.close()
            self._open.discard(writer)

    async def _forth(
        self,
        reader: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
    ) -> None:
        while data := await reader.read(65536):
            self.requests += 1
            if self.answers_with is not None:
                writer.write(self.answers_with)
                continue
            to_server.write(data)

    async def _back(self, from_server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await from_server.read(65536):
            await asyncio.sleep(self.delay_seconds)
            if self.drops_after_requests == self.requests:
                break
            if not self.swallows_answers:
                writer.write(data)
        writer.close()
