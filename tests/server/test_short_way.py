"""The short way answers as hypercorn would have, whatever else happens meanwhile."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from blockbuster import BlockBuster
from hypercorn.utils import UnexpectedMessageError

from quart_app.scope import PARK
from quart_app.server.configuration import configuration
from quart_app.server.connections.connections import Connections
from quart_app.settings import ServerSettings
from tests.kit.polling import eventually

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
PATIENCE_SECONDS = 10.0
# More than sockets take at once.
LARGE = bytes(16 * 1024 * 1024)
App = Callable[[Any, Any, Any], Awaitable[None]]


@pytest.fixture(autouse=True)
def unwatched(blockbuster: BlockBuster) -> None:
    """Its sockets do not block, which cannot be seen from how Python holds them."""
    blockbuster.functions["socket.socket.recv"].deactivate()
    blockbuster.functions["socket.socket.send"].deactivate()


class Peer:
    """A client of a server in this process."""

    def __init__(self, sock: socket.socket, connections: Connections) -> None:
        self.socket = sock
        self.connections = connections

    async def asks(self, data: bytes = GET) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def hears(self, until: bytes = b"") -> bytes:
        """All until the end, or until it ends so."""
        heard = b""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while part := await asyncio.get_running_loop().sock_recv(self.socket, 1 << 20):
                heard += part
                if until and heard.endswith(until):
                    break
        return heard


@asynccontextmanager
async def peer_of(app: App) -> AsyncIterator[Peer]:
    """Leaves nothing behind on the server."""
    settings = ServerSettings()
    connections = Connections(app, configuration(settings), {}, settings, most_lasting=1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        served, _ = listening.accept()
    for sock in (client, served):
        sock.setblocking(False)
    connections.enter(served, "127.0.0.1")
    try:
        yield Peer(client, connections)
    finally:
        client.close()
        await eventually(lambda: len(connections) == 0)
        await connections.drain(timeout=timedelta())


def started(*headers: tuple[bytes, bytes], length: int = 2, status: Any = 200) -> dict[str, Any]:
    said = [*headers, (b"content-length", b"%d" % length)]
    return {"type": "http.response.start", "status": status, "headers": said}


def body(data: Any = b"ok", *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def test_a_handler_hears_at_once_that_its_client_has_left() -> None:
    heard: list[str] = []

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        while "http.disconnect" not in heard:
            heard.append((await receive())["type"])

    async with peer_of(app) as peer:
        await peer.asks()
        await eventually(lambda: bool(heard))
        peer.socket.close()
        await eventually(lambda: heard == ["http.request", "http.disconnect"])


async def test_a_client_that_only_stops_sending_is_answered() -> None:
    async def app(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await send(started())
        await send(body())

    async with peer_of(app) as peer:
        await peer.asks()
        peer.socket.shutdown(socket.SHUT_WR)

        assert (await peer.hears()).endswith(b"\r\n\r\nok")


async def test_a_handler_that_is_cancelled_while_its_client_reads_slowly_leaves_nothing() -> None:
    was_cancelled = asyncio.Event()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(started(length=len(LARGE)))
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await send(body(LARGE))
        was_cancelled.set()

    async with peer_of(app) as peer:
        await peer.asks()
        await was_cancelled.wait()

        assert (await peer.hears()).endswith(LARGE[:1024])


@pytest.mark.parametrize("start", [started((b"x", b"a\0b")), started(status="OK")])
async def test_a_head_that_cannot_be_said_is_a_500(start: dict[str, Any]) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(start)
        await send(body())

    async with peer_of(app) as peer:
        await peer.asks()

        assert (await peer.hears()).startswith(b"HTTP/1.1 500 ")


async def test_a_handler_that_says_no_body_gets_its_head_out_and_the_end() -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(started())

    async with peer_of(app) as peer:
        await peer.asks()

        assert (await peer.hears()).endswith(b"\r\n\r\n")


async def test_no_body_answers_a_head_whatever_the_application_makes_of_it() -> None:
    async def app(scope: Any, _receive: Any, send: Any) -> None:
        scope["method"] = "GET"
        await send(started(length=18))
        await send(body(b"HTTP/1.1 200 split"))

    async with peer_of(app) as peer:
        await peer.asks(GET.replace(b"GET", b"HEAD"))

        assert b"split" not in await peer.hears()


async def test_headers_may_come_one_by_one_and_change_afterwards() -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        start = started((b"set-cookie", b"a"), (b"x-b", b"c"))
        start["headers"] = iter(start["headers"])
        await send(start)
        start["headers"] = []
        await send(body())

    async with peer_of(app) as peer:
        await peer.asks()
        answer = await peer.hears(until=b"ok")

    assert b"set-cookie: a\r\nx-b: c\r\ncontent-length: 2\r\n" in answer


async def test_a_length_counts_bytes() -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(started(length=2))
        await send(body(memoryview(b"abcdEVIL").cast("I")))

    async with peer_of(app) as peer:
        await peer.asks()

        assert b"EVIL" not in await peer.hears()


async def test_what_is_said_after_the_end_is_refused() -> None:
    refusals: list[Exception] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(started())
        await send(body())
        for message in (body(), started()):
            with pytest.raises(UnexpectedMessageError) as refused:
                await send(message)
            refusals.append(refused.value)

    async with peer_of(app) as peer:
        await peer.asks()
        await peer.hears(until=b"ok")
        await eventually(lambda: len(refusals) == 2)


async def test_a_head_goes_out_with_the_first_of_its_body() -> None:
    may_go_on = asyncio.Event()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(started())
        await send(body(b"o", more=True))
        await may_go_on.wait()
        await send(body(b"k"))

    async with peer_of(app) as peer:
        await peer.asks()
        await peer.hears(until=b"\r\n\r\no")
        may_go_on.set()

        assert await peer.hears(until=b"k") == b"k"


async def test_what_is_asked_at_once_is_answered_in_order_by_either_way() -> None:
    async def app(scope: Any, _receive: Any, send: Any) -> None:
        answer = scope["path"].encode()
        is_long = b"long" in answer
        start = started(length=len(answer))
        await send({**start, "headers": []} if is_long else start)
        await send(body(answer))

    paths = [b"/a", b"/long", b"/b", b"/c", b"/long", b"/d"]
    async with peer_of(app) as peer:
        await peer.asks(b"".join(GET.replace(b"/ ", path + b" ") for path in paths))
        answers = await peer.hears(until=b"/d")

    assert answers.count(b"HTTP/1.1 200 ") == len(paths)
    found = [answers.index(path) for path in (b"/a", b"/long", b"/b", b"/c", b"/d")]
    assert found == sorted(found)


async def test_what_is_asked_behind_the_last_answer_is_not_begun() -> None:
    called: list[str] = []

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        called.append(scope["path"])
        await send(started())
        await send(body())

    async with peer_of(app) as peer:
        peer.connections.say_last()
        await peer.asks(GET + GET.replace(b"/ ", b"/behind "))

        assert (await peer.hears()).count(b"HTTP/1.1 200 ") == 1
        assert called == ["/"]


@pytest.mark.parametrize("start", [started(), {**started(), "headers": []}], ids=["short", "long"])
async def test_an_answer_that_is_whole_cannot_be_parked(start: dict[str, Any]) -> None:
    refusals: list[Exception] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(start)
        await send(body())
        with pytest.raises(UnexpectedMessageError) as refused:
            await send({"type": PARK, "stream": None})
        refusals.append(refused.value)

    async with peer_of(app) as peer:
        await peer.asks(GET + GET)
        await eventually(lambda: len(refusals) == 2)
