"""Plays an exchange to a server, and keeps all that comes back."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from typing import Self

from tests.server.exchanges.exchange import Act, Exchange, Step, Until

PATIENCE_SECONDS = 10.0
QUIET_SECONDS = 0.05

_DATE = re.compile(rb"\r\ndate: [^\r\n]*", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked\r\n", re.IGNORECASE)


class Ending(Enum):
    """How a connection stands, as the client sees it."""

    OPEN = "open"
    CLOSED = "closed"
    RESET = "reset"
    LEFT = "left by the client"


class Player:
    """One connection on which an exchange is played."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        self.ending = Ending.OPEN
        self.gave_up_at: Step | None = None
        self.exchange = exchange
        self._received = bytearray()
        self._looked_at = 0
        self._sock = sock
        self._progress = asyncio.Event()
        self._reads = asyncio.Event()
        self._reads.set()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    @asynccontextmanager
    async def connected(cls, exchange: Exchange, *, port: int) -> AsyncIterator[Self]:
        with socket.socket() as sock:
            sock.setblocking(False)
            # Each piece leaves by itself.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
            player = cls(sock, exchange)
            try:
                yield player
            finally:
                await player._stop_reading()

    async def play(self) -> None:
        """Everything up to the last step."""
        for step in self.exchange.steps:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._do(step)
            except TimeoutError:
                self.gave_up_at = step
                break

    @property
    def state(self) -> object:
        """Changes whenever something comes."""
        return len(self._received), self.ending

    @property
    def received(self) -> bytes:
        """Without the dates; of who has left, what it waited for."""
        end = self._looked_at if self.ending is Ending.LEFT else len(self._received)
        return _DATE.sub(b"\r\ndate: -", bytes(self._received[:end]))

    async def _do(self, step: Step) -> None:
        if isinstance(step, bytes):
            await self._send(step)
        elif isinstance(step, float):
            await asyncio.sleep(step)
        elif isinstance(step, Until):
            while step.data not in self._received[self._looked_at :]:
                if not await self._more():
                    return
            self._looked_at = self._received.index(step.data, self._looked_at) + len(step.data)
        elif step in (Act.ANSWER, Act.HEAD_ONLY):
            await self._answer(has_body=step is Act.ANSWER)
        elif step is Act.STOP_READING:
            self._reads.clear()
        elif step is Act.READ_AGAIN:
            self._reads.set()
        else:
            await self._end(step)

    async def _send(self, data: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._sock, data)
        except ConnectionError:
            # The server has ended the connection; what it said before is still to be read.
            await self._reading

    async def _end(self, step: Act) -> None:
        if step is Act.END_OF_SENDING:
            # Where the server has reset the connection there is nothing to end.
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_WR)
            return
        if step is Act.RESET:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self._stop_reading()
        self._sock.close()
        self.ending = Ending.LEFT

    async def _stop_reading(self) -> None:
        self._reading.cancel()
        await asyncio.wait([self._reading])

    async def _answer(self, *, has_body: bool) -> None:
        while (end := end_of_answer(self._received, self._looked_at, has_body=has_body)) is None:
            if not await self._more():
                return
        self._looked_at = end

    async def _more(self) -> bool:
        """Wait for more. False when there will be none."""
        if self.ending is not Ending.OPEN:
            return False
        await self._progress.wait()
        self._progress.clear()
        return True

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(self._sock, 65536):
                self._received += data
                self._progress.set()
                await self._reads.wait()
            self.ending = Ending.CLOSED
        except ConnectionError:
            self.ending = Ending.RESET
        self._progress.set()


def end_of_answer(data: bytearray, start: int, *, has_body: bool) -> int | None:
    """Where the answer that starts there ends, if it is all there."""
    head_end = data.find(b"\r\n\r\n", start)
    if head_end < 0:
        return None
    body, head = head_end + 4, data[start : head_end + 2]
    is_interim = head[9:10] == b"1"
    if not has_body or is_interim:
        return body
    if _CHUNKED.search(head):
        end = data.find(b"\r\n0\r\n\r\n", head_end + 2)
        return end + 7 if end >= 0 else None
    if length := _LENGTH.search(head):
        end = body + int(length[1])
        return end if end <= len(data) else None
    return None  # as long as the connection


def same(ours: Player, theirs: Player) -> bool:
    """Whether both servers have said and done the same, as far as can be seen."""
    if ours.received != theirs.received or ours.gave_up_at != theirs.gave_up_at:
        return False
    endings = (ours.ending, theirs.ending)
    if ours.exchange.hypercorn_waits:
        return endings in ((Ending.CLOSED, Ending.OPEN), (Ending.CLOSED, Ending.CLOSED))
    if ours.exchange.ends_early:
        return Ending.OPEN not in endings or endings[0] is endings[1]
    return endings[0] is endings[1]


async def settled(ours: Player, theirs: Player) -> bool:
    """Wait until both have seen the same, and nothing more comes. False if that does not happen.

    It is given time: what differs on a busy machine may only be late.
    """
    seen: object = None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                before, seen = seen, (ours.state, theirs.state)
                if before == seen and same(ours, theirs):
                    return True
                await asyncio.sleep(QUIET_SECONDS)
    except TimeoutError:
        return False
