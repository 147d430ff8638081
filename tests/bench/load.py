"""Asks a server for the same thing again and again over a few kept connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

CONNECTIONS = 16


@dataclass(frozen=True)
class Asked:
    """One request, ready to be sent."""

    port: int
    data: bytes
    status: int

    @classmethod
    def get(cls, port: int, path: str, *, cookie: str | None = None) -> Asked:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        if cookie is not None:
            head += f"Cookie: {cookie}\r\n"
        return cls(port, f"{head}\r\n".encode(), 200)

    @classmethod
    def post(
        cls, port: int, path: str, body: str, *, cookie: str | None = None, status: int = 303
    ) -> Asked:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
        )
        if cookie is not None:
            head += f"Cookie: {cookie}\r\n"
        return cls(port, f"{head}\r\n{body}".encode(), status)


class Answer(NamedTuple):
    """What a server says."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: str
    """What it sets, as a browser sends it back."""


async def rate(asked: Iterator[Asked], *, seconds: float, connections: int = CONNECTIONS) -> float:
    """Right answers per second to one after the other of these. Raises if one is wrong."""
    began = time.perf_counter()
    asking = (_ask_until(began + seconds, asked) for _ in range(connections))
    counts = await asyncio.gather(*asking)
    return sum(counts) / (time.perf_counter() - began)  # the last answers come after that time


async def once(asked: Asked) -> dict[str, str]:
    """The headers of one answer."""
    return (await answered(asked)).headers


async def text_of(asked: Asked) -> str:
    """The body of one answer."""
    return (await answered(asked)).body.decode()


async def answered(asked: Asked) -> Answer:
    """On a connection of its own. Raises if it is wrong."""
    reader, writer = await asyncio.open_connection("127.0.0.1", asked.port)
    try:
        writer.write(asked.data)
        return await _right(reader, asked.status)
    finally:
        writer.close()


async def _ask_until(end: float, requests: Iterator[Asked]) -> int:
    count = 0
    reader = writer = None
    while time.perf_counter() < end:
        asked = next(requests)
        if writer is None or reader is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", asked.port)
        writer.write(asked.data)
        answer = await _right(reader, asked.status)
        count += 1
        if answer.headers.get("connection") == "close":
            writer.close()
            reader = writer = None
    if writer is not None:
        writer.close()
    return count


async def _right(reader: asyncio.StreamReader, status: int) -> Answer:
    answer = await read_answer(reader)
    if answer.status != status:
        raise RuntimeError(f"expected {status}, got {answer.status}")
    return answer


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """The next one, whatever it says."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    pairs = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    headers = dict(pairs)
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while (size := int(await reader.readline(), 16)) > 0:
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    cookies = [value.partition(";")[0] for name, value in pairs if name == "set-cookie"]
    return Answer(int(first.split()[1]), headers, body, "; ".join(cookies))
