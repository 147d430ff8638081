"""A light HTTP/1.1 client: connections that are used again, and answers read to their end."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

# Servers close what rests for five seconds: a request on its way just then would be lost by that.
RESTS_AT_MOST_SECONDS = 2.0
PATIENCE_SECONDS = 30.0

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Unanswered(Exception):
    """The server went away before its answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of this header."""
        return [value for each, value in self.headers if each == name]

    def get(self, name: str) -> str | None:
        """The first value of this header."""
        return next(iter(self.all(name)), None)

    def json(self) -> Any:
        """What the body says."""
        return json.loads(self.body)


class Connections:
    """All connections of a test's browsers."""

    def __init__(self) -> None:
        self._resting: defaultdict[int, list[tuple[float, Streams]]] = defaultdict(list)
        self.asked = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls) -> AsyncIterator[Self]:
        connections = cls()
        try:
            yield connections
        finally:
            for resting in connections._resting.values():
                for _, (_, writer) in resting:
                    writer.close()

    async def ask(self, port: int, request: bytes) -> Answer:
        """The answer to one request. Raises `Unanswered`."""
        self.asked += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                reader, writer = self._rested(port) or await asyncio.open_connection(
                    "127.0.0.1", port
                )
                return await self._exchange(port, request, reader, writer)
        except (OSError, asyncio.IncompleteReadError) as exc:
            if isinstance(exc, TimeoutError):
                raise
            raise Unanswered(str(exc)) from exc

    async def _exchange(
        self, port: int, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Answer:
        is_whole = False
        try:
            writer.write(request)
            answer = await _read_answer(reader)
            is_whole = True
        finally:
            if not is_whole:
                writer.close()
        if answer.get("connection") == "close":
            writer.close()
        else:
            self._resting[port].append((time.monotonic(), (reader, writer)))
        return answer

    def _rested(self, port: int) -> Streams | None:
        resting = self._resting[port]
        while resting:
            since, (reader, writer) = resting.pop()
            if time.monotonic() - since < RESTS_AT_MOST_SECONDS and not reader.at_eof():
                return reader, writer
            writer.close()
        return None


async def _read_answer(reader: asyncio.StreamReader) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        headers.append((name.lower(), value.strip()))
    length = int(dict(headers).get("content-length", "0"))
    body = await reader.readexactly(length)
    return Answer(int(first.split()[1]), tuple(headers), body)
