"""Open pages and websockets never take all places: a part of them is kept for requests."""

from __future__ import annotations

import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from blockbuster import BlockBuster

from quart_app.errors import RETRY_AFTER_SECONDS
from quart_app.scope import PARK
from quart_app.server.connections.states import State
from quart_app.settings import ServerSettings
from tests.kit.polling import eventually
from tests.kit.processes import Program
from tests.server import peers
from tests.server.exchanges.requests import asking
from tests.server.exchanges.websockets import HANDSHAKE
from tests.server.here import heard, serving

PLACES = 200
KEPT = 20
REFUSED = b"HTTP/1.1 503 "
RETRY = b"retry-after: %d\r\n" % RETRY_AFTER_SECONDS
BEGINS = (b"opened\r\n", b"\x89\x00")  # a stream, a websocket
SETTINGS = ServerSettings()
FEW_DESCRIPTORS = ("sh", "-c", 'ulimit -n 64; exec "$0" "$@"', sys.executable, "-m")


@pytest.fixture(autouse=True)
def unwatched(blockbuster: BlockBuster) -> None:
    """Its sockets do not block, which cannot be seen from how Python holds them."""
    for name in ("recv", "send"):
        blockbuster.functions[f"socket.socket.{name}"].deactivate()


def test_as_many_open_pages_as_places_keep_no_request_out(tmp_path: Path) -> None:
    serve = ("quart_app", "serve", "--bind", "127.0.0.1:0", "--data-dir", str(tmp_path / "data"))
    environment = {
        "QUART_MAX_CONNECTIONS": str(PLACES),
        **dict.fromkeys(("QUART_STREAMS_PER_SESSION", "QUART_STREAMS_PER_OWNER"), "1000"),
    }
    with Program.running(*serve, environment=environment) as program, ExitStack() as opened:
        with program.client() as visitor:
            visitor.post("/login", data={"name": "Ada"})
            cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        streams = [
            opened.enter_context(peers.asking(program, "GET /events", more=f"Cookie: {cookie}\r\n"))
            for _ in range(PLACES)
        ]
        heads = [peers.read_until(stream, b"\r\n\r\n") for stream in streams]

        asked = [httpx.get(program.url + path) for path in ("/healthz", "/readyz", "/login")]

        assert [answer.status_code for answer in asked] == [200, 200, 200]
        refused = [head for head in heads if head.startswith(REFUSED)]
        assert len(refused) == KEPT
        assert all(RETRY in head for head in refused)
        assert "quart_app.events: no place for more open pages and websockets" in program.err


class Stream:
    """Open as long as its client."""

    def __init__(self, gone: list[str], name: str) -> None:
        self._gone = gone
        self._name = name

    def parked(self, wire: Any) -> None:
        """It stays."""

    def gone(self) -> None:
        self._gone.append(self._name)

    def draining(self) -> None:
        """It is ended then."""


gone: list[str] = []


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Stays open, in every way that there is."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    name = scope["path"].strip("/")
    kind = b"application/x-ndjson" if name == "lines" else b"text/event-stream"
    headers = [(b"content-type", kind)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"opened", "more_body": True})
    if name == "task":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    await send({"type": PARK, "stream": Stream(gone, name)})


LASTING = {
    "a parked stream": asking("/parked"),
    "a stream with a task": asking("/task"),
    "a websocket": asking("/websocket", *HANDSHAKE),
}


@pytest.mark.parametrize("second", LASTING)
@pytest.mark.parametrize("first", LASTING)
async def test_one_beyond_the_rest_is_refused_and_those_that_are_open_stay(
    first: str, second: str
) -> None:
    async with serving(app, SETTINGS, most_lasting=1) as server, server.client(LASTING[first]):
        state = State.WEBSOCKET if first == "a websocket" else State.STREAM
        await eventually(lambda: server.has_one_in(state))

        async with server.client(LASTING[second]) as other:
            answer = await heard(other, until=b"\r\n\r\n")

        assert answer.startswith(REFUSED)
        assert RETRY in answer
        assert server.has_one_in(state)


async def test_a_parked_answer_of_another_kind_is_cut_off_then() -> None:
    gone.clear()
    async with serving(app, SETTINGS, most_lasting=1) as server, server.client(asking("/parked")):
        await eventually(lambda: server.has_one_in(State.STREAM))

        async with server.client(asking("/lines")) as other:
            answer = await heard(other, until=b"forever")

        assert answer.endswith(b"opened\r\n")
        assert gone == ["lines"]


async def test_its_application_hears_of_a_refusal_as_if_the_client_had_left() -> None:
    gone.clear()
    async with (
        serving(app, SETTINGS, most_lasting=0) as server,
        server.client(asking("/parked")) as client,
    ):
        await heard(client, until=b"\r\n\r\n")
        await eventually(lambda: gone == ["parked"])

        # The connection goes on.
        await asyncio.get_running_loop().sock_sendall(client, asking("/parked"))
        assert (await heard(client, until=b"\r\n\r\n")).startswith(REFUSED)


async def test_its_place_is_free_again_when_it_has_ended() -> None:
    async with serving(app, SETTINGS, most_lasting=1) as server:
        for request in 2 * tuple(LASTING.values()):
            async with server.client(request) as client:
                assert not (await heard(client, until=BEGINS)).startswith(REFUSED)
            await eventually(lambda: len(server.connections) == 0)


def test_with_few_descriptors_it_says_so_and_serves(tmp_path: Path) -> None:
    serve = ("quart_app", "serve", "--bind", "127.0.0.1:0", "--data-dir", str(tmp_path / "data"))
    with Program.running(*serve, by=FEW_DESCRIPTORS) as program, ExitStack() as opened:
        for _ in range(5):
            client = opened.enter_context(peers.asking(program, "GET /login"))
            assert peers.read_until(client, b"</html>").startswith(b"HTTP/1.1 200 ")

    assert "room for one connection at a time only" in program.err
