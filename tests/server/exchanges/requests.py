"""Requests that are in order, and every way of answering them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.server.exchanges.exchange import (
    ANSWER,
    HEAD_ONLY,
    READ_AGAIN,
    STOP_READING,
    Exchange,
    Until,
    exchange,
)
from tests.server.programs.echo import WRONG_HEADERS

HOST = "Host: localhost\r\n"


def asking(path: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    """A request without a body."""
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"{method} {path} HTTP/{version}\r\n{HOST}{lines}\r\n".encode()


def posting(path: str, body: bytes, *headers: str) -> bytes:
    return asking(path, f"Content-Length: {len(body)}", *headers, method="POST") + body


def chunks(*data: bytes, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    framed = b"".join(b"%x%s\r\n%s\r\n" % (len(each), extension, each) for each in data)
    return framed + b"0" + extension + b"\r\n" + trailers + b"\r\n"


GET = asking("/quick")
POST = posting("/echo", b"name=Ada&language=en")
CHUNKED = asking("/echo", "Transfer-Encoding: chunked", method="POST") + chunks(b"name", b"=Ada")
LATE = 10  # large ones: more than the kernel takes
MANY = 120  # medium ones: the same
WAITS = asking("/echo", "Content-Length: 4", "Expect: 100-continue", method="POST")
_END = Until(b"\r\n0\r\n\r\n")
LAST = asking("/quick", "Connection: close")


def all_of_them() -> Iterator[Exchange]:
    yield from _answers()
    yield from _keep_alive()
    yield from _bodies()
    yield from _continuing()
    yield from _old()


def _answers() -> Iterator[Exchange]:
    for path in (
        *("quick", "slow", "pieces", "counted-pieces", "chunked", "large", "early", "closing"),
        *("echo?a=%20b&c", "caf%C3%A9/%2e%2e/", "early-and-then"),
    ):
        yield exchange(f"GET /{path}", asking(f"/{path}"), ANSWER)
        yield exchange(f"HEAD /{path}", asking(f"/{path}", method="HEAD"), HEAD_ONLY)
    for path in ("204", "304"):
        yield exchange(f"/{path}", asking(f"/{path}"), HEAD_ONLY, GET, ANSWER)
    for path in ("fails", "says-nothing", "fails-midway", "too-little", "too-much"):
        yield exchange(f"/{path}", asking(f"/{path}"), ANSWER)
        yield exchange(f"/{path}, pipelined", GET + asking(f"/{path}") + GET, ANSWER, ANSWER)
        yield exchange(f"/{path} with a body", posting(f"/{path}", b"name=Ada"), ANSWER)
    for path in WRONG_HEADERS:
        # Twice: what was found wrong once is not remembered as right.
        yield exchange(path, *(asking(path), ANSWER) * 2)
        yield exchange(f"{path} with a body", posting(path, b"name=Ada"), ANSWER)
    for method in ("OPTIONS", "PUT", "DELETE", "TRACE", "CONNECT", "x-own"):
        yield exchange(method, asking("/echo", method=method), ANSWER, GET, ANSWER)
    yield exchange("*", asking("*", method="OPTIONS"), ANSWER, GET, ANSWER)
    yield exchange("a whole URL", asking("http://localhost/echo?a"), ANSWER)
    other = asking("http://other.example:81?a")
    yield exchange("a whole URL of another host", other, ANSWER)
    yield exchange("some headers", asking("/echo", *(f"x-{n}: {n}" for n in range(80))), ANSWER)
    yield exchange("upgrade to anything", asking("/echo", "Upgrade: anything"), ANSWER, GET, ANSWER)


def _keep_alive() -> Iterator[Exchange]:
    for times in (2, 3, 20):
        yield exchange(f"{times} requests", *(GET, ANSWER) * times)
        yield exchange(f"{times} echoes", *(POST, ANSWER, CHUNKED, ANSWER) * times)
    for times in (2, 3, 10, 50):
        yield exchange(f"{times} pipelined", GET * times, *(ANSWER,) * times)
        yield exchange(f"{times} pipelined bodies", POST * times, *(ANSWER,) * times)
        slow = asking("/slow") * min(times, 5)
        yield exchange(f"{times} pipelined slow", slow, *(ANSWER,) * min(times, 5), GET, ANSWER)
    everything = GET + POST + CHUNKED + asking("/pieces") + asking("/slow") + GET
    yield exchange("different ones pipelined", everything, *(ANSWER,) * 6, GET, ANSWER)
    yield exchange("close", LAST, ANSWER)
    yield exchange("close as the second", GET, ANSWER, LAST, ANSWER)
    ends = LAST + b"\r\n"
    yield exchange("an end of line after the last", ends, ANSWER)
    form = posting("/echo", b"name=Ada", "Connection: close") + b"\r\n"
    yield exchange("an end of line after the last form", form, ANSWER)
    after = asking("/slow", "Connection: close"), 0.005, b"anything", ANSWER
    yield exchange("anything after the last", *after, ends_early=True)
    yield exchange("close within a pipeline", GET + LAST + GET, ANSWER, ANSWER)
    yield exchange("sent again while slow", asking("/slow"), 0.005, GET, ANSWER, ANSWER)
    late = GET, ANSWER, STOP_READING, asking("/large") * LATE, GET, 0.2, READ_AGAIN
    yield exchange("read late", *late, *(ANSWER,) * (LATE + 1), GET, ANSWER)
    # Each of these would fit, and the last ones have to wait.
    each = STOP_READING, *(asking("/medium"), 0.002) * MANY, 0.1, READ_AGAIN
    yield exchange("asked and read late", *each, *(ANSWER,) * MANY, GET, ANSWER)
    yield exchange("large and again", *(asking("/large"), ANSWER) * 2, GET, ANSWER)
    yield exchange("asked to close and again", asking("/closing") + GET, ANSWER, ends_early=True)


def _bodies() -> Iterator[Exchange]:
    head = asking("/echo", "Transfer-Encoding: chunked", method="POST")
    for name, body in {
        "chunks": chunks(b"a", b"bc" * 100, b"d" * 5000),
        "no chunks": chunks(),
        "trailers": chunks(b"a", trailers=b"X-Trailer: b\r\nX-Other: c\r\n"),
        "extensions": chunks(b"a", b"b", extension=b";name=value"),
        "capital lengths": b"A\r\n0123456789\r\n0\r\n\r\n",
        "leading zeros": b"000001\r\na\r\n0000\r\n\r\n",
    }.items():
        yield exchange(name, head + body, ANSWER, GET, ANSWER)
        yield exchange(f"{name} in pieces", *_in_pieces(head + body, 40), ANSWER, GET, ANSWER)
    for length in (0, 1, 70_000, 300_000):
        body = posting("/echo", b"x" * length)
        yield exchange(f"{length} bytes", body, ANSWER, GET, ANSWER)
        both = posting("/early-and-then", b"x" * length)
        yield exchange(f"{length} bytes, early and then", both, ANSWER, GET, ANSWER)
    for length in (0, 1, 30_000):  # what the server reads at once: else it is a race
        yield exchange(f"{length} bytes, early", posting("/early", b"x" * length), ANSWER)
    half = posting("/early", b"name=Ada")
    yield exchange("early, with half a body", half[:-4], ANSWER)
    yield exchange("early, and the rest after", half[:-4], ANSWER, half[-4:], ends_early=True)
    half = posting("/early-and-then", b"name=Ada")
    yield exchange("half, early, half", half[:-4], Until(b"early"), half[-4:], _END, GET, ANSWER)
    yield exchange("half a body", POST[:-4])
    yield exchange("a body with GET", POST.replace(b"POST", b"GET"), ANSWER, GET, ANSWER)


def _in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def _continuing() -> Iterator[Exchange]:
    yield exchange("100-continue", WAITS, ANSWER, b"body", ANSWER, GET, ANSWER)
    yield exchange("100-continue not waited for", WAITS + b"body", ANSWER, GET, ANSWER)
    yield exchange("100-continue in pieces", WAITS, ANSWER, b"bo", 0.01, b"dy", ANSWER, GET, ANSWER)
    yield exchange("100-continue twice", *(WAITS, ANSWER, b"body", ANSWER) * 2)
    yield exchange("100-continue and nothing", WAITS, ANSWER)
    yield exchange("100-continue, early", WAITS.replace(b"/echo", b"/early"), ANSWER, ANSWER)
    yield exchange("100-continue pipelined", GET + WAITS, ANSWER, ANSWER, b"body", ANSWER)
    yield exchange("expects something else", WAITS.replace(b"100-c", b"c"), b"body", ANSWER)


def _old() -> Iterator[Exchange]:
    old = asking("/quick", version="1.0")
    keeps = asking("/quick", "Connection: keep-alive", version="1.0")
    yield exchange("HTTP/1.0", old, ANSWER)
    yield exchange("HTTP/1.0 without a host", b"GET /echo HTTP/1.0\r\n\r\n", ANSWER)
    yield exchange("HTTP/1.0 kept", keeps, ANSWER)
    yield exchange("HTTP/1.0 kept and again", keeps + GET, ANSWER, ends_early=True)
    yield exchange("HTTP/1.0 in pieces", asking("/pieces", version="1.0"), ANSWER)
    yield exchange("HTTP/1.0 after 1.1", GET, ANSWER, old, ANSWER)
    yield exchange("HTTP/1.0 with a body", posting("/echo", b"a").replace(b"/1.1", b"/1.0"), ANSWER)
    yield exchange("HTTP/1.0 head", asking("/pieces", method="HEAD", version="1.0"), HEAD_ONLY)
