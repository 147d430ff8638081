"""Where memory runs out, at whatever step, it costs the connection in whose turn it was, and leaves
no descriptor behind."""

from __future__ import annotations

import asyncio
import errno
import os
import select
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from blockbuster import BlockBuster

from quart_app.scope import PARK
from quart_app.server.connections import connections
from quart_app.server.connections.connection import Connection
from quart_app.server.connections.per_address import Guests
from quart_app.server.connections.places import Entry, Places
from quart_app.server.connections.states import ANSWER, PARKED
from quart_app.server.connections.watch import Watch
from quart_app.server.connections.wire import Wire
from quart_app.server.protocol.conversation import Conversation
from quart_app.server.protocol.tasks import Tasks
from quart_app.settings import ServerSettings
from tests.kit.polling import eventually
from tests.server.exchanges.requests import GET, asking
from tests.server.exchanges.websockets import HANDSHAKE
from tests.server.here import heard, serving

LIMIT_SECONDS = 5.0
SETTINGS = ServerSettings(connections_per_address=9)
OF_MANY_KINDS = (GET, asking("/", "Connection: close"), asking("/stream"), asking("/", *HANDSHAKE))
# Of an answer, a stream, a websocket.
ENDS = (b"quick", b"0\r\n\r\n", b"\x88\x02\x03\xe8")
WITHOUT_MEMORY = (MemoryError(), OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)))


@pytest.fixture(autouse=True)
def unwatched(blockbuster: BlockBuster) -> None:
    """Its sockets do not block, which cannot be seen from how Python holds them."""
    for name in ("recv", "send"):
        blockbuster.functions[f"socket.socket.{name}"].deactivate()


class Stream:
    """Ends at once."""

    def parked(self, wire: Any) -> None:
        wire.end(b"the end")

    def gone(self) -> None:
        """There was no memory for it."""

    def draining(self) -> None:
        """Never comes."""


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers, by a stream if that is asked for."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000})
    elif scope["path"] == "/stream":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": PARK, "stream": Stream()})
    else:
        headers = [(b"content-length", b"5")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"quick"})


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


class Shortage:
    """Has a function fail so many times, in whose place it stands."""

    def __init__(self, function: Callable[..., Any], error: Exception, times: int) -> None:
        self._function = function
        self._error = error
        self._times = times

    @property
    def is_over(self) -> bool:
        return not self._times

    def __call__(self, *args: Any, **named: Any) -> Any:
        if not self.is_over:
            self._times -= 1
            raise self._error
        return self._function(*args, **named)

    def __get__(self, owner: Any, _kind: Any = None) -> Any:
        return lambda *args, **named: self(owner, *args, **named)


# Whatever is done for a connection from when it knocks.
STEPS: tuple[tuple[Any, str], ...] = (
    (Guests, "admit"),
    (Places, "put"),
    (Places, "move"),
    (Places, "find"),
    (Watch, "add"),
    (os, "read"),
    (Entry, "__init__"),
    (Connection, "__init__"),
    (Connection, "begin"),
    (Connection, "attend"),
    (Connection, "run"),
    (Connection, "_converse"),
    (Connection, "park"),
    (Connection, "let_go"),
    (Conversation, "begin"),
    (Conversation, "feed"),
    (Conversation, "close"),
    (Tasks, "call"),
    (connections.Connections, "_begin"),
    (connections.Connections, "_go_on"),
    (connections.Connections, "_stream"),
    (connections.Connections, "say_goodbye"),
    (connections, "stop_sending"),
    (connections, "has_read_all"),
    (Wire, "__init__"),
    (Wire, "end"),
)


def short_of_memory(
    monkeypatch: pytest.MonkeyPatch, step: tuple[Any, str], error: Exception, times: int = 1
) -> Shortage:
    """From now on."""
    owner, name = step
    shortage = Shortage(getattr(owner, name), error, times)
    monkeypatch.setattr(owner, name, shortage)
    return shortage


@pytest.mark.parametrize("error", WITHOUT_MEMORY, ids=repr)
@pytest.mark.parametrize("step", STEPS, ids=repr)
async def test_it_leaves_no_descriptor_and_no_place_taken(
    step: tuple[Any, str], error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = descriptors()
    async with serving(app, SETTINGS) as server:
        shortage = short_of_memory(monkeypatch, step, error)
        for request in OF_MANY_KINDS:
            async with server.client(request) as client:
                await heard(client, until=ENDS)
        assert shortage.is_over

        async with server.client(GET) as client:
            assert (await heard(client, until=b"quick")).endswith(b"quick")
        await eventually(lambda: len(server.connections) == 0)
    assert descriptors() == before


@pytest.mark.parametrize("error", WITHOUT_MEMORY, ids=repr)
async def test_the_others_of_the_same_round_are_served(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(app, SETTINGS) as server, server.client() as first, server.client() as other:
        await eventually(lambda: len(server.connections) == 2)
        shortage = short_of_memory(monkeypatch, (os, "read"), error)

        for client in (first, other):
            client.send(GET)

        assert (await heard(other, until=b"quick")).endswith(b"quick")
        assert await heard(first, until=b"quick") == b""
        assert shortage.is_over


@pytest.mark.parametrize("error", WITHOUT_MEMORY, ids=repr)
async def test_where_it_cannot_be_ended_at_once_it_ends_later_and_the_others_are_served(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def waits(scope: Any, receive: Any, send: Any) -> None:
        while scope["path"] == "/waits" and (await receive())["type"] != "http.disconnect":
            pass
        await app(scope, receive, send)

    settings = ServerSettings(stalled_timeout=timedelta(seconds=0.1))
    async with (
        serving(waits, settings) as server,
        server.client() as first,
        server.client() as other,
    ):
        first.send(asking("/waits"))
        await eventually(lambda: server.has_one_in(ANSWER) and server.has_one_in(PARKED))
        # For what it has asked, and for its end.
        shortage = short_of_memory(monkeypatch, (Connection, "attend"), error, times=2)

        for client in (first, other):
            client.send(GET)

        async with asyncio.timeout(LIMIT_SECONDS):
            assert (await heard(other, until=b"quick")).endswith(b"quick")
            assert shortage.is_over
            assert await heard(first, until=b"quick") == b""


async def test_a_request_that_could_not_be_begun_as_a_whole_is_not_answered_to_who_comes_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[str] = []

    async def notes(scope: Any, receive: Any, send: Any) -> None:
        called.append(scope["path"])
        await app(scope, receive, send)

    async with serving(notes, SETTINGS) as server:
        short_of_memory(monkeypatch, (Connection, "attend"), MemoryError())
        async with server.client(asking("/first") + asking("/behind")) as client:
            assert await heard(client, until=b"quick") == b""
        async with server.client(asking("/next")) as client:
            assert (await heard(client, until=b"quick")).endswith(b"quick")

        assert called == ["/next"]
        assert len(server.connections) == 1


class Forgetful:
    """An epoll that asks the kernel, and has no memory for the answer."""

    def __init__(self, epoll: Any) -> None:
        self.is_over = False
        self._epoll = epoll

    def __getattr__(self, name: str) -> Any:
        return getattr(self._epoll, name)

    def poll(self, *args: Any) -> Any:
        events = self._epoll.poll(*args)
        if events and not self.is_over:
            self.is_over = True
            raise MemoryError
        return events


async def test_what_could_not_be_looked_at_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forgetful = Forgetful(select.epoll())
    monkeypatch.setattr(select, "epoll", lambda: forgetful)
    async with serving(app, SETTINGS) as server, server.client(GET) as client:
        assert (await heard(client, until=b"quick")).endswith(b"quick")
    assert forgetful.is_over
