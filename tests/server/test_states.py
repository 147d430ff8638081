"""Whatever a connection is in the middle of, it is in a row of one table, and ends by the limit
that stands there."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from blockbuster import BlockBuster

from quart_app.scope import PARK
from quart_app.server.connections.states import State
from quart_app.server.front import front_of
from quart_app.settings import ServerSettings
from tests.kit.polling import eventually
from tests.server.exchanges.requests import GET, asking, posting
from tests.server.exchanges.websockets import HANDSHAKE
from tests.server.here import heard, serving

LIMIT = timedelta(seconds=0.4)
LONG = timedelta(hours=1)
RESET = struct.pack("ii", 1, 0)
# More than the kernel holds of what a client does not take.
PIECE = bytes(64 * 1024)
Handler = Callable[[Any, Any], Awaitable[None]]
EVENT_STREAM = (b"content-type", b"text/event-stream")


@pytest.fixture(autouse=True)
def unwatched(blockbuster: BlockBuster) -> None:
    """Its sockets do not block, which cannot be seen from how Python holds them."""
    for name in ("recv", "send"):
        blockbuster.functions[f"socket.socket.{name}"].deactivate()


class Stream:
    """Writes more than its client takes, and may end."""

    def __init__(self, *, ends: bool) -> None:
        self._ends = ends

    def parked(self, wire: Any) -> None:
        wire.write(PIECE)
        if self._ends:
            wire.end(PIECE)

    def gone(self) -> None:
        """Its client was too slow."""

    def draining(self) -> None:
        """The test is over."""


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Does as the path says."""
    handlers: dict[str, Handler] = {
        "/quick": _quick,
        "/body": _body,
        "/large": _large,
        "/hangs": _hangs,
        "/stream": partial(_stream, ends=False),
        "/end": partial(_stream, ends=True),
        "/flood": _flood,
        "/goodbye": _goodbye,
    }
    await handlers[scope["path"]](receive, send)


async def _answer(send: Any, data: bytes, *headers: tuple[bytes, bytes]) -> None:
    said = [*headers, (b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": 200, "headers": said})
    await send({"type": "http.response.body", "body": data})


async def _quick(_receive: Any, send: Any) -> None:
    await _answer(send, b"quick")


async def _body(receive: Any, send: Any) -> None:
    message = await receive()
    while message["type"] == "http.request" and message["more_body"]:
        message = await receive()
    await _answer(send, b"read")


async def _large(_receive: Any, send: Any) -> None:
    await _answer(send, PIECE * 2)


async def _hangs(_receive: Any, _send: Any) -> None:
    await asyncio.get_running_loop().create_future()


async def _stream(_receive: Any, send: Any, *, ends: bool) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [EVENT_STREAM]})
    await send({"type": PARK, "stream": Stream(ends=ends)})


async def _flood(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        await send({"type": "websocket.send", "bytes": PIECE})


async def _goodbye(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 1000})
    while (await receive())["type"] != "websocket.disconnect":
        pass


SENT: Mapping[State, bytes] = {
    State.PARKED: b"",
    State.AWAKE: asking("/quick"),
    State.LEAVING: asking("/quick", "Connection: close"),
    State.GOODBYE: asking("/goodbye", *HANDSHAKE),
    State.HEAD: GET[:-4],
    State.CLOSING: asking("/end"),
    State.BODY: posting("/body", b"name=Ada")[:-4],
    State.ANSWER: asking("/large"),
    State.STREAM: asking("/stream"),
    State.WEBSOCKET: asking("/flood", *HANDSHAKE),
}


def test_every_state_is_tried() -> None:
    assert SENT.keys() == set(State)


@pytest.mark.parametrize("state", State)
async def test_a_connection_stays_in_no_state_for_longer_than_its_limit(state: State) -> None:
    settings = ServerSettings(keep_alive_timeout=LIMIT, head_timeout=LIMIT, stalled_timeout=LIMIT)
    limit = state.value.limit(settings).total_seconds()
    loop = asyncio.get_running_loop()
    async with serving(app, settings) as server, server.client(SENT[state]):
        await eventually(lambda: server.has_one_in(state))
        began = loop.time()

        await eventually(lambda: not server.has_one_in(state))

        assert loop.time() - began > limit / 2


async def test_of_a_crowd_that_comes_once_most_are_parked_at_once() -> None:
    most, more = int(State.AWAKE.value.most), 5
    async with (
        serving(app, ServerSettings(keep_alive_timeout=LONG), most=most + more) as server,
        AsyncExitStack() as clients,
    ):
        for _ in range(most + more):
            client = await clients.enter_async_context(server.client(asking("/quick")))
            await heard(client, until=b"quick")
        places = server.connections.places
        parked, awake = places.all(State.PARKED), places.all(State.AWAKE)

        assert len(parked) >= more
        assert len(awake) <= most


@pytest.mark.parametrize(
    "state", [each for each in State if each.value.makes_room_after is not None]
)
async def test_when_there_is_no_room_it_makes_some(state: State) -> None:
    settings = ServerSettings(keep_alive_timeout=LONG, head_timeout=LONG, stalled_timeout=LONG)
    async with serving(app, settings, most=1) as server, server.client(SENT[state]):
        await eventually(lambda: server.has_one_in(state))

        async with server.client(asking("/quick")) as other:
            answer = await heard(other, until=b"quick")

    assert answer.endswith(b"quick")


@pytest.mark.parametrize("state", [each for each in State if each.value.makes_room_after is None])
async def test_a_client_that_waits_for_its_answer_makes_none(state: State) -> None:
    settings = ServerSettings(stalled_timeout=LONG)
    async with serving(app, settings, most=1) as server, server.client(SENT[state]):
        await eventually(lambda: server.has_one_in(state))

        async with server.client(asking("/quick")) as other:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(LIMIT.total_seconds()):
                    await asyncio.get_running_loop().sock_recv(other, 1)

        assert server.has_one_in(state)


@pytest.mark.parametrize("stops_sending_first", [False, True])
async def test_a_handler_that_hangs_holds_no_place_of_a_client_that_is_gone(
    stops_sending_first: bool,
) -> None:
    async with (
        serving(app, ServerSettings()) as server,
        server.client(asking("/hangs")) as client,
    ):
        await eventually(lambda: server.has_one_in(State.ANSWER))
        if stops_sending_first:
            client.shutdown(socket.SHUT_WR)

        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()

        await eventually(lambda: len(server.connections) == 0)


async def test_a_client_that_vanishes_is_asked_for_whatever_the_state() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        front = await front_of(app, [listening], ServerSettings(keep_alive_timeout=LIMIT), {})
        with socket.create_connection(listening.getsockname()):
            served, _ = listening.accept()
        with served:
            asked = served.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            after = served.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
        await front.drain(timeout=timedelta())

    assert (asked, after) == (1, 1)
