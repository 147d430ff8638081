"""The short way takes nothing that hypercorn would not take, and understands it as hypercorn does;
what it answers is what h11 would have written."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from typing import Any

import h11
import pytest
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.events import RawData
from hypercorn.protocol.h11 import H11Protocol
from hypothesis import given
from hypothesis import strategies as st

from quart_app.server.configuration import configuration
from quart_app.server.protocol import ordinary
from quart_app.server.protocol.context import Context
from quart_app.server.protocol.exchange import scope_of
from quart_app.server.protocol.http1 import Http1
from quart_app.server.protocol.line import Nobody
from quart_app.server.protocol.ordinary import head_of, recognised, written
from quart_app.settings import ServerSettings
from tests.server.exchanges.malformed import HEADS
from tests.server.exchanges.requests import all_of_them, asking, posting

MOST = 16 * 1024
CONFIG = configuration(ServerSettings())
BROWSERS = (
    asking("/", "Cookie: session=abc; lang=en", "Accept: text/html,*/*;q=0.8", "DNT: 1"),
    asking("/login?next=%2Fuser", "Connection: keep-alive", 'Sec-Ch-Ua: "a";v="1"'),
    asking("/static/live.js", 'If-None-Match: "x"', method="HEAD"),
    posting("/login", b"name=Zo%C3%AB", "Content-Type: application/x-www-form-urlencoded"),
    posting("/logout", b""),
)
# What attackers put where it does not belong.
BITS = (
    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b"\x0b", b"\x80", b":", b",", b"#", b"?", b"%"),
    *(b"0", b"+", b"-1", b"Content-Length: 3\r\n", b"Content-Length: 4\r\n", b"Host: b\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n"),
    *(b"Upgrade: websocket\r\n", b"Expect: 100-continue\r\n", b"TE: trailers\r\n", b" folded\r\n"),
    *(b"HTTP/1.0", b"HTTP/2.0", b"OPTIONS", b"http://other/", b"*", b"GET / HTTP/1.1\r\n\r\n"),
)


class Heard:
    """What an application is told, in place of a task group."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] | None = None
        self.body = b""
        self.is_whole = False

    async def spawn_app(self, _app: Any, _config: Any, scope: Any, _send: Any) -> Any:
        assert self.scope is None, "one request at a time"
        self.scope = scope
        return self.put

    async def put(self, message: Any) -> None:
        self.body += message.get("body", b"")
        self.is_whole |= message["type"] == "http.request" and not message["more_body"]


async def nobody(_said: Any) -> None:
    """Hears it."""


class Quiet(Nobody):
    """Says nothing, and does not wait for that."""

    async def hear(self, _event: Any, /) -> None:
        pass


def ours(app: Any, config: Any, _context: Any, tasks: Any, state: Any, *others: Any) -> Http1:
    _in_clear, client, server, _send = others
    context = Context(most_requests=1)
    return Http1(Quiet(), app, config, context, tasks, state, client, server)


async def as_the_long_way_has_it(
    data: bytes, protocol_of: Callable[..., H11Protocol]
) -> tuple[Heard, bytes]:
    """The first request in these bytes, and what is left of them."""
    heard, address = Heard(), ("127.0.0.1", 1)
    protocol = protocol_of(
        None,  # is never called
        CONFIG,
        WorkerContext(None),
        heard,
        {},
        False,
        address,
        address,
        nobody,
    )
    reading = asyncio.create_task(protocol.handle(RawData(data)))
    # It waits for the answer then, or has read everything; nothing in it waits for anything else.
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait([reading])
    return heard, protocol.connection.trailing_data[0]


async def verify(data: bytes) -> bool:
    """That hypercorn, and our stricter one, understand these bytes as the short way does, if that
    takes them; whether it does."""
    request = recognised(data, most=MOST)
    if request is None:
        return False
    for protocol_of in (H11Protocol, ours):
        heard, left = await as_the_long_way_has_it(data, protocol_of)

        assert heard.scope is not None
        assert heard.is_whole
        assert scope_of(request) == {name: heard.scope[name] for name in scope_of(request)}
        assert request.body == heard.body
        assert data == request.bytes + left
    return True


@pytest.mark.parametrize("data", BROWSERS)
async def test_what_browsers_send_is_ordinary(data: bytes) -> None:
    assert await verify(data)
    assert await verify(data + BROWSERS[0])


@pytest.mark.parametrize("name", HEADS)
async def test_what_is_malformed_is_never_understood_in_another_way(name: str) -> None:
    await verify(HEADS[name])
    await verify(HEADS[name] + BROWSERS[0])


async def test_nor_is_anything_else_that_is_sent_in_tests_of_the_server() -> None:
    sent = [
        b"".join(step for step in each.steps if isinstance(step, bytes)) for each in all_of_them()
    ]

    taken = [await verify(data) for data in sent]

    assert 0 < sum(taken) < len(taken)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A request of a browser's, damaged here and there."""
    data = draw(st.sampled_from(BROWSERS))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        until = min(len(data), at + draw(st.sampled_from([0, 0, 1, 2, 7])))
        data = data[:at] + draw(st.sampled_from(BITS) | st.binary(max_size=3)) + data[until:]
    return data


@given(mutated(), st.sampled_from([b"", *BROWSERS]))
async def test_nor_is_what_was_damaged_on_its_way(data: bytes, following: bytes) -> None:
    await verify(data + following)


@pytest.mark.parametrize(
    "data",
    [
        asking("/", "Connection: close"),
        asking("/", "Connection: keep-alive, upgrade"),
        asking("/", "Upgrade: h2c"),
        asking("/", "Content-Length: 00"),
        asking("/", "Content-Length: +1") + b"a",
        asking("/", "Content-Length: 1", "Content-Length: 1") + b"a",
        asking("/", "Content-Length: 2") + b"a",
        asking("/", version="1.0"),
        asking("/", method="PUT"),
        asking("http://localhost/"),
        asking("/#there"),
        asking("/%zz"),
        asking("/").replace(b"localhost", b"a b"),
        asking("/").replace(b"localhost", b"ada@localhost"),
        asking("/", *(f"X-{number}: a" for number in range(100))),
        asking("/", f"X-Long: {'a' * MOST}"),
        b"\r\n" + asking("/"),
        asking("/")[:-1],
    ],
)
def test_what_has_rules_of_its_own_is_left_to_h11(data: bytes) -> None:
    assert recognised(data, most=MOST) is None


def seconds_for(data: bytes) -> float:
    """At best."""
    times = []
    for _ in range(9):
        began = time.perf_counter()
        recognised(data, most=MOST)
        times.append(time.perf_counter() - began)
    return min(times)


@pytest.mark.parametrize(
    "piece", [b"a: b\r\n", b"a:" + b" " * 9, b"a" * 9, b"a: b c d e", b"\t ", b"a:\t", b"a: \x80 "]
)
def test_a_crafted_head_costs_no_more_than_an_ordinary_one_of_that_length(piece: bytes) -> None:
    plain = asking("/", *(f"X-{number}: {'v' * 8}" for number in range(MOST // 20)))
    crafted = b"GET / HTTP/1.1\r\nHost: a\r\n" + piece * (4 * MOST // len(piece)) + b"\0"

    assert MOST / 2 < len(plain) < MOST
    assert seconds_for(crafted) < 5 * seconds_for(plain)


KINDS = (b"Content-Type", b"X-Own", b"Set-Cookie", b"Connection", b"Transfer-Encoding", b"a b")
SPLITTING = (b"", b"a", b"a b", b" a", b"a\r\nb: c", b"\0", b"Zo\xc3\xab")
NAMES, VALUES = st.sampled_from(KINDS), st.sampled_from(SPLITTING) | st.binary(max_size=4)


@given(
    st.integers(100, 700),
    st.lists(st.tuples(NAMES, VALUES), max_size=4),
    st.lists(st.sampled_from([b"Content-Length", b"content-length"]), max_size=2),
    st.binary(max_size=9),
    st.sampled_from([0, 0, 0, 1]),
    st.booleans(),
)
def test_an_answer_is_what_h11_would_have_written(
    status: int,
    headers: list[tuple[bytes, bytes]],
    lengths: list[bytes],
    body: bytes,
    off_by: int,
    is_last: bool,
) -> None:
    headers = headers + [(name, b"%d" % (len(body) + off_by)) for name in lengths]
    start = {"type": "http.response.start", "status": status, "headers": headers}

    ours = head_of(start)
    answer = None if ours is None else written(ours, body, CONFIG, is_last=is_last)

    if answer is not None:
        peer = h11.Connection(h11.SERVER)
        peer.receive_data(BROWSERS[0])
        while not isinstance(peer.next_event(), h11.EndOfMessage):
            pass
        of_server = [(b"date", value) for value in [dates_in(answer)]]
        close = [(b"connection", b"close")] if is_last else []
        head = h11.Response(status_code=status, headers=headers + of_server + close)
        pieces = (head, h11.Data(data=body), h11.EndOfMessage())
        assert answer == b"".join(peer.send(piece) or b"" for piece in pieces)


def dates_in(answer: bytes) -> bytes:
    """The server's own."""
    return answer.rpartition(b"date: ")[2].partition(b"\r\n")[0]


def test_an_ordinary_answer_is_written() -> None:
    headers = [(b"content-type", b"text/html"), (b"content-length", b"2")]

    head = head_of({"status": 200, "headers": headers})
    assert head is not None
    answer = written(head, b"ok", CONFIG, is_last=False)

    assert answer is not None
    assert answer.startswith(b"HTTP/1.1 200 \r\ncontent-type: text/html\r\ncontent-length: 2\r\n")


def answer_with(*headers: tuple[bytes, bytes]) -> None:
    length = (b"content-length", b"0")
    assert head_of({"status": 303, "headers": [*headers, length]})


def remembered() -> str:
    """All that the module holds, in caches of functions too."""
    held = vars(ordinary)
    caches = [each for each in held.values() if hasattr(each, "cache_info")]
    return repr([held, *map(gc.get_referents, caches)])


@pytest.mark.parametrize("name", [b"Set-Cookie", b"Location", b"X-Own", b"ETag", b"Link"])
def test_only_what_is_said_to_all_is_remembered(name: bytes) -> None:
    answer_with((b"Vary", b"kept"), (name, b"a secret"))

    assert "kept" in remembered()
    assert "a secret" not in remembered()


def test_no_more_is_remembered_than_is_useful() -> None:
    before = len(remembered())

    for number in range(10_000):
        answer_with((b"Vary", b"%d" % number))
    answer_with((b"Vary", b"n" * 100_000))

    assert len(remembered()) < before + 200_000
