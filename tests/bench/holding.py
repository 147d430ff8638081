"""Holds many connections open, in a process of its own that can be killed with them."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from statistics import median
from typing import Any, Self

AT_ONCE = 100
PATIENCE_SECONDS = 60.0
# A source address for every so many, as it would be with real clients: servers count by address.
FOR_EACH_ADDRESS = 20


class Holder:
    """The one who tells that process what to do."""

    def __init__(self, process: multiprocessing.process.BaseProcess, pipe: Connection) -> None:
        self._process = process
        self._pipe = pipe

    @classmethod
    @contextmanager
    def running(cls, *, core: int | None = None) -> Iterator[Self]:
        here, there = multiprocessing.Pipe()
        fresh = multiprocessing.get_context("spawn")
        process = fresh.Process(target=_obey, args=(there, core), daemon=True)
        process.start()
        there.close()
        holder = cls(process, here)
        try:
            yield holder
        finally:
            holder.kill()
            here.close()

    def open(self, port: int, requests: Sequence[bytes], *, until: bytes = b"") -> None:
        """A connection for each request; back when all have been answered with this."""
        self._ask("open", port, requests, until)

    def wake(self, request: bytes, *, until: bytes, times: int) -> tuple[float, float]:
        """Ask on a resting connection and on a busy one, in turns; the median seconds of each."""
        answer: tuple[float, float] = self._ask("wake", request, until, times)
        return answer

    def ask_all(self, request: bytes, *, until: bytes) -> None:
        """On every connection, one after the other. Raises when one does not answer."""
        self._ask("ask_all", request, until)

    def read_all(self, *, until: bytes) -> None:
        """Wait until this has arrived on every connection."""
        self._ask("read_all", until)

    def reopen(self, port: int) -> int:
        """Open those again that have ended, and ask the same there; how many these were."""
        count: int = self._ask("reopen", port)
        return count

    def check_open(self) -> None:
        """Raises when the server has ended one of them."""
        self._ask("check_open")

    def reset(self, count: int) -> None:
        """Leave so many of them without a goodbye; `reopen` brings them back."""
        self._ask("reset", count)

    def kill(self) -> None:
        """All connections vanish with their process."""
        self._process.kill()
        self._process.join()

    def _ask(self, *words: Any) -> Any:
        self._pipe.send(words)
        return self._answer()

    def _answer(self) -> Any:
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


def _obey(pipe: Connection, core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})
    held = _Held()
    while True:
        try:
            command, *words = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(getattr(held, command)(*words))
        except Exception as exc:  # noqa: BLE001 - for who asked
            pipe.send(RuntimeError(f"{command}: {exc!r}"))


class _Held:
    def __init__(self) -> None:
        # With what was asked on each.
        self._held: dict[socket.socket, tuple[bytes, bytes]] = {}
        self._opened = random.randrange(1000)

    def open(self, port: int, requests: Sequence[bytes], until: bytes) -> None:
        asyncio.run(self._open(port, requests, until))

    async def _open(self, port: int, requests: Sequence[bytes], until: bytes) -> None:
        allowed = asyncio.Semaphore(AT_ONCE)

        async def one(request: bytes, source: str) -> socket.socket:
            async with allowed, asyncio.timeout(PATIENCE_SECONDS):
                return await _opened(port, request, source, until)

        sources = [self._source() for _ in requests]
        opened = await asyncio.gather(*map(one, requests, sources))
        asked = [(request, until) for request in requests]
        self._held |= dict(zip(opened, asked, strict=True))

    def _source(self) -> str:
        self._opened += 1
        network, host = divmod(self._opened // FOR_EACH_ADDRESS, 250)
        return f"127.1.{network % 250}.{host + 1}"

    def wake(self, request: bytes, until: bytes, times: int) -> tuple[float, float]:
        resting, active = [], []
        busy, *others = random.sample(list(self._held), times + 1)
        for other in others:
            resting.append(_seconds(other, request, until))
            _seconds(busy, request, until)
            active.append(_seconds(busy, request, until))
        return median(resting), median(active)

    def ask_all(self, request: bytes, until: bytes) -> None:
        for each in self._held:
            _seconds(each, request, until)

    def read_all(self, until: bytes) -> None:
        for each in self._held:
            each.settimeout(PATIENCE_SECONDS)
            _read(each, until)

    def reopen(self, port: int) -> int:
        again: dict[bytes, list[bytes]] = {}
        ended = [each for each in self._held if _has_ended(each)]
        for each in ended:
            request, until = self._held.pop(each)
            again.setdefault(until, []).append(request)
            each.close()
        for until, requests in again.items():
            self.open(port, requests, until)
        return len(ended)

    def check_open(self) -> None:
        ended = sum(map(_has_ended, self._held))
        if ended:
            raise ConnectionError(f"{ended} of {len(self._held)} have ended")

    def reset(self, count: int) -> None:
        for each in random.sample(list(self._held), count):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            each.close()


async def _opened(port: int, request: bytes, source: str, until: bytes) -> socket.socket:
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    sock.setblocking(False)
    sock.bind((source, 0))
    await loop.sock_connect(sock, ("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if request:
        await loop.sock_sendall(sock, request)
        received = b""
        while until not in received:
            data = await loop.sock_recv(sock, 65536)
            if not data:
                raise ConnectionError(f"{received!r} and then the end")
            received += data
            if received.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")):
                raise ConnectionError(f"refused with {received!r}")
    return sock


def _has_ended(sock: socket.socket) -> bool:
    try:
        # Past what has arrived meanwhile, such as heartbeats.
        while sock.recv(65536, socket.MSG_DONTWAIT):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass  # reset, by either side
    return True


def _seconds(sock: socket.socket, request: bytes, until: bytes) -> float:
    sock.settimeout(PATIENCE_SECONDS)
    began = time.perf_counter()
    sock.sendall(request)
    _read(sock, until)
    return time.perf_counter() - began


def _read(sock: socket.socket, until: bytes) -> None:
    received = b""
    while until not in received:
        data = sock.recv(65536)
        if not data:
            raise ConnectionError(f"{received!r} and then the end")
        received += data
