"""A server in this process, whose connections a test can look at."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from quart_app.server.configuration import configuration
from quart_app.server.connections.connections import Connections
from quart_app.server.connections.door import Door
from quart_app.server.connections.states import State
from quart_app.settings import ServerSettings

# As small as the kernel makes them, so that it holds little of what a client does not take.
BUFFER = 4096
ENOUGH = 9


class Server:
    """Its connections, and clients of it that read only when they are told to."""

    def __init__(self, connections: Connections, port: int) -> None:
        self.connections = connections
        self.port = port

    @asynccontextmanager
    async def client(self, *sends: bytes) -> AsyncIterator[socket.socket]:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(client, ("127.0.0.1", self.port))
            for data in sends:
                await loop.sock_sendall(client, data)
            yield client

    def has_one_in(self, state: State) -> bool:
        """Whether a connection is in this state."""
        return bool(self.connections.places.all(state))


@asynccontextmanager
async def serving(
    app: Any, settings: ServerSettings, *, most: int = ENOUGH, most_lasting: int = ENOUGH
) -> AsyncIterator[Server]:
    """Leaves no connection behind."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        port = listening.getsockname()[1]
        connections = Connections(
            app, configuration(settings), {}, settings, most_lasting=most_lasting
        )
        door = Door(connections, [listening], settings, most=most)
        door.open()
        try:
            yield Server(connections, port)
        finally:
            door.close()
            await door.drain(timeout=timedelta())
            assert len(door) == 0


async def heard(client: socket.socket, *, until: bytes | tuple[bytes, ...]) -> bytes:
    """What arrives, until it ends so, or the server hangs up."""
    data = b""
    while not data.endswith(until):
        try:
            part = await asyncio.get_running_loop().sock_recv(client, BUFFER)
        except ConnectionResetError:
            break
        if not part:
            break
        data += part
    return data
