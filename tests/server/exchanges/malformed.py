"""Requests that are out of order, sent at once and byte by byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.server.exchanges.exchange import ANSWER, END_OF_SENDING, Exchange, Step, exchange
from tests.server.exchanges.requests import GET, HOST, POST, asking, chunks

_HOST = HOST.encode()
_CHUNKED_HEAD = asking("/echo", "Transfer-Encoding: chunked", method="POST")

HEADS: Mapping[str, bytes] = {
    "a bad method": b"G\x80T / HTTP/1.1\r\n" + _HOST + b"\r\n",
    "a method with a space before": b" GET /quick HTTP/1.1\r\n" + _HOST + b"\r\n",
    "no version": b"GET /quick\r\n" + _HOST + b"\r\n",
    "a version with letters": b"GET /quick HTTP/x.y\r\n" + _HOST + b"\r\n",
    "version 1.2": b"GET /quick HTTP/1.2\r\n" + _HOST + b"\r\n",
    "version 0.9": b"GET /quick HTTP/0.9\r\n" + _HOST + b"\r\n",
    "version 3.0": b"GET /quick HTTP/3.0\r\n" + _HOST + b"\r\n",
    "version 8.4": b"GET /quick HTTP/8.4\r\n" + _HOST + b"\r\n",
    "version 1.10": b"GET /quick HTTP/1.10\r\n" + _HOST + b"\r\n",
    "no host": b"GET /quick HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /quick HTTP/1.1\r\n" + _HOST * 2 + b"\r\n",
    "an empty host": b"GET /quick HTTP/1.1\r\nHost:\r\n\r\n",
    "a host with a path": b"GET /quick HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "two words as host": b"GET /quick HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a user and a host": b"GET /quick HTTP/1.1\r\nHost: ada@localhost\r\n\r\n",
    "a fragment": asking("/quick#there"),
    "no slash": asking("quick"),
    "NUL in the path": b"GET /qu\0ick HTTP/1.1\r\n" + _HOST + b"\r\n",
    "NUL in a value": asking("/quick", "X-Own: a\0b"),
    "CR in a value": asking("/quick", "X-Own: a\rb"),
    "no name": asking("/quick", ": nameless"),
    "a space after the name": asking("/quick", "X-Own : a"),
    "no colon": asking("/quick", "X-Own"),
    "high letters in a name": "GET /quick HTTP/1.1\r\nX-Öwn: a\r\n\r\n".encode(),
    "high letters in a value": asking("/echo", "X-Own: Zoë"),
    "high letters in the path": "GET /é HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
    "an odd percent": asking("/echo/%zz%"),
    "bare line feeds": asking("/quick").replace(b"\r\n", b"\n"),
    "line feeds and a body": POST.replace(b"\r\n", b"\n"),
    "a folded value": asking("/echo", "X-Own: a", " b", "\tc"),
    "a fold at the start": b"GET /quick HTTP/1.1\r\n folded\r\n" + _HOST + b"\r\n",
    "spaces about a value": asking("/echo", "X-Own: \t a \t "),
    "two spaces": b"GET  /quick HTTP/1.1\r\n" + _HOST + b"\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + b"\x5a" * 200,
    "random bytes": bytes(range(255, 0, -1)),
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a proxy's greeting": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + GET,
}
BODIES: Mapping[str, bytes] = {
    "two lengths": asking("/echo", "Content-Length: 1", "Content-Length: 2", method="POST") + b"ab",
    "one length twice": asking("/echo", *["Content-Length: 2"] * 2, method="POST") + b"ab",
    "lengths in a list": asking("/echo", "Content-Length: 2, 2", method="POST") + b"ab",
    "a negative length": asking("/echo", "Content-Length: -1", method="POST"),
    "a signed length": asking("/echo", "Content-Length: +1", method="POST") + b"a",
    "a length in words": asking("/echo", "Content-Length: many", method="POST"),
    "a huge length": asking("/echo", f"Content-Length: {'9' * 30}", method="POST") + b"a",
    "length and chunks": asking(
        "/echo", "Content-Length: 3", "Transfer-Encoding: chunked", method="POST"
    )
    + chunks(b"abc"),
    "chunks twice": asking("/echo", "Transfer-Encoding: chunked, chunked", method="POST"),
    "gzip and chunks": asking("/echo", "Transfer-Encoding: gzip, chunked", method="POST"),
    "identity": asking("/echo", "Transfer-Encoding: identity", method="POST"),
    "chunked in HTTP/1.0": asking("/echo", "Transfer-Encoding: chunked", version="1.0")
    + chunks(b"a"),
    "a chunk of no length": _CHUNKED_HEAD + b"\r\n\r\n",
    "a chunk of odd length": _CHUNKED_HEAD + b"xyz\r\nabc\r\n",
    "a negative chunk": _CHUNKED_HEAD + b"-1\r\na\r\n",
    "a huge chunk": _CHUNKED_HEAD + b"f" * 30 + b"\r\n",
    "a chunk with more in it": _CHUNKED_HEAD + b"1\r\nabc\r\n0\r\n\r\n",
    "a chunk without its end": _CHUNKED_HEAD + b"1\r\naXX0\r\n\r\n",
    "bad trailers": _CHUNKED_HEAD + b"0\r\nbad trailer\r\n\r\n",
}
LONG: Mapping[str, bytes] = {
    "a long path": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + _HOST + b"\r\n",
    "a long value": asking("/echo", f"X-Own: {'a' * 100_000}"),
    "a path that is just too long": b"GET /" + b"a" * 16_500,
    "very many headers": asking("/echo", *(f"x-{n}: {n}" for n in range(8_000))),
    "many headers": asking("/quick", *(f"x-{n}: {n}" for n in range(900))),
    "four thousand headers": asking("/quick", *(f"x-{n}: {n}" for n in range(4_000))),
    "empty headers": asking("/quick", *["x:"] * 3_000),
    "many cookies": asking("/quick", f"Cookie: {'a=b; ' * 12_000}c=d"),
    "a long head": asking("/quick", f"X-Own: {'a' * 20_000}"),
    "long trailers": _CHUNKED_HEAD + chunks(b"a", trailers=b"x: y\r\n" * 4_000),
    "an extension of each chunk": _CHUNKED_HEAD
    + chunks(*[b"a"] * 40, extension=b";" + b"b" * 1_000),
    "a head without end": b"GET /quick HTTP/1.1\r\n" + b"x: y\r\n" * 20_000,
    "a chunk's extension without end": _CHUNKED_HEAD + b"1;" + b"a" * 70_000,
    "trailers without end": _CHUNKED_HEAD + b"0\r\n" + b"x: y\r\n" * 20_000,
    "line feeds without end": b"\r\n" * 40_000,
}
EMPTY_LINES = (1, 2, 5, 200)


def all_of_them() -> Iterator[Exchange]:
    for name, data in {**HEADS, **BODIES}.items():
        yield exchange(name, data)
        yield exchange(f"{name}, after a request", GET, ANSWER, data)
        yield exchange(f"{name}, pipelined", GET + data, ANSWER)
        yield exchange(f"{name}, and a request", data + GET)
        yield exchange(f"{name}, and the end", data, END_OF_SENDING, hypercorn_waits=True)
        yield exchange(f"{name}, in two pieces", *_halves(data), ends_early=True)
        bytewise: tuple[Step, ...] = tuple(bytes([each]) for each in data[:200])
        yield exchange(f"{name}, byte by byte", *bytewise, data[200:], ends_early=True)
    for name, data in LONG.items():
        yield exchange(name, data, ends_early=True)
        yield exchange(f"{name}, after a request", GET, ANSWER, data, ends_early=True)
        yield exchange(f"{name}, pipelined", GET + data, ANSWER, ends_early=True)
        pieces = tuple(data[start : start + 4096] for start in range(0, len(data), 4096))
        yield exchange(f"{name}, in pieces", *pieces, ends_early=True)
    for times in EMPTY_LINES:
        ends = b"\r\n" * times
        yield exchange(f"{times} ends of line", ends)
        yield exchange(f"{times} ends of line before", ends + GET)
        yield exchange(f"{times} ends of line then", ends, 0.01, GET)
        yield exchange(f"{times} ends of line between", GET, ANSWER, ends, 0.01, GET)
        yield exchange(f"{times} ends of line pipelined", GET + ends + GET, ANSWER)


def _halves(data: bytes) -> tuple[Step, ...]:
    middle = len(data) // 2
    return data[:middle], 0.005, data[middle:]
