"""Clients of every kind, on raw sockets."""

from __future__ import annotations

import socket
from collections.abc import Callable

from tests.kit.processes import Program

HOST = "Host: localhost\r\n"
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
PING = b"\x89\x00"


def connected(program: Program) -> socket.socket:
    return socket.create_connection(("127.0.0.1", program.port), timeout=10)


def asking(program: Program, head: str, *, more: str = "") -> socket.socket:
    """A client that has sent a request and not looked at the answer."""
    client = connected(program)
    client.sendall(f"{head} HTTP/1.1\r\n{HOST}{more}\r\n".encode())
    return client


def everything_from(client: socket.socket) -> bytes:
    """What arrives until the end of the connection, orderly or not."""
    received = b""
    try:
        while data := client.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    return received


def read_until(client: socket.socket, wanted: bytes) -> bytes:
    """What arrives up to this."""
    received = b""
    while wanted not in received:
        data = client.recv(65536)
        assert data, f"{received!r} and then the end"
        received += data
    return received


def idle(program: Program) -> socket.socket:
    client = asking(program, "GET /")
    read_until(client, b"quick")
    return client


def unused(program: Program) -> socket.socket:
    client = connected(program)
    # Whoever is answered later was connected later.
    idle(program).close()
    return client


def half_a_head(program: Program) -> socket.socket:
    client = connected(program)
    client.sendall(b"GET / HTTP/1.1\r\nHost: loc")
    idle(program).close()
    return client


def half_a_body(program: Program) -> socket.socket:
    client = asking(program, "POST /", more="Content-Length: 100\r\n")
    client.sendall(b"half")
    program.says("reading")
    return client


def slow(program: Program) -> socket.socket:
    client = asking(program, "GET /slow/60.0")
    program.says("slow")
    return client


def pipelined(program: Program) -> socket.socket:
    client = connected(program)
    request = f"GET /slow/60.0 HTTP/1.1\r\n{HOST}\r\n".encode()
    client.sendall(request + request)
    program.says("slow")
    return client


def stream(program: Program) -> socket.socket:
    client = asking(program, "GET /events")
    read_until(client, b"data: news")
    return client


def websocket(program: Program) -> socket.socket:
    client = asking(program, "GET /ws", more=UPGRADE)
    read_until(client, b"\r\n\r\n" + PING)
    program.says("socket")
    return client


def never_reading(program: Program) -> socket.socket:
    client = asking(program, "GET /flood")
    program.says("flood")
    return client


def busy_thread(program: Program) -> socket.socket:
    client = asking(program, "GET /thread/60.0")
    program.says("thread")
    return client


KINDS: tuple[Callable[[Program], socket.socket], ...] = (
    idle,
    unused,
    half_a_head,
    half_a_body,
    slow,
    pipelined,
    stream,
    websocket,
    never_reading,
    busy_thread,
)
