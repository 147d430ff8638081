"""Publishes to open streams, and writes the same bytes to plain sockets; says how long each took.

`python -m tests.bench.apps.publishing PORT PLAIN_PORT FOLDER`
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncGenerator
from statistics import median

from quart import Quart, request, session

from quart_app.live import Live
from quart_app.server import Address, run
from quart_app.sessions import Session
from quart_app.settings import ServerSettings

TIMES = 15
NEWS = "x" * 40
AS_SENT = b"%x\r\ndata: %b\n\n\r\n" % (8 + len(NEWS), NEWS.encode())
MANY = 1_000_000


async def _publish(live: Live) -> str:
    """The median seconds of telling all pages of Ada."""
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await live.publish("Ada", NEWS)
        took.append(time.perf_counter() - began)
        # Those who hear it are given the time to do so.
        await asyncio.sleep(took[-1])
    return str(median(took))


async def _write(plain: list[socket.socket]) -> str:
    """The median seconds of a loop over plain sockets."""
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        for each in plain:
            each.send(AS_SENT)
        took.append(time.perf_counter() - began)
        await asyncio.sleep(took[-1])
    return str(median(took))


def application(plain_port: int, folder: str) -> Quart:
    app = Quart(__name__)
    app.config.update(SESSION_FILE_DIR=folder, STREAMS_PER_OWNER=MANY, STREAMS_PER_SESSION=MANY)
    Session(app)
    live = Live(app)
    plain: list[socket.socket] = []

    @app.post("/login")
    async def login() -> tuple[str, int]:
        session["name"] = (await request.form)["name"]
        return "", 303

    @app.post("/publish")
    async def publish() -> tuple[str, int]:
        return await _publish(live), 303

    @app.post("/write")
    async def write() -> tuple[str, int]:
        return await _write(plain), 303

    @app.while_serving
    async def accepting() -> AsyncGenerator[None, None]:
        listener = socket.create_server(("127.0.0.1", plain_port), backlog=2048)
        listener.setblocking(False)
        # As for streams: else the kernel keeps what it is given until the last has been confirmed.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.create_task(_accept(listener, plain))
        yield
        task.cancel()
        listener.close()

    return app


async def _accept(listener: socket.socket, plain: list[socket.socket]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        sock, _ = await loop.sock_accept(listener)
        plain.append(sock)
        await loop.sock_sendall(sock, b"hello")


if __name__ == "__main__":
    port, plain_port, folder = sys.argv[1:]
    sys.exit(
        run(
            application(int(plain_port), folder),
            address=Address.of(f"127.0.0.1:{port}"),
            settings=ServerSettings(),
            started=lambda _: None,
        )
    )
