"""Connections that become websockets, and what is said there."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tests.server.exchanges.exchange import (
    ANSWER,
    END_OF_SENDING,
    HEAD_ONLY,
    LEAVE,
    RESET,
    Exchange,
    Until,
    exchange,
)
from tests.server.exchanges.requests import GET, asking

CONTINUES, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
MASK = b"\x01\x02\x03\x04"
HANDSHAKE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
OPEN = asking("/echo", *HANDSHAKE)
FIRST_PING = b"\x89\x00"  # which hypercorn sends at once


def frame(kind: int, data: bytes = b"", *, final: bool = True, masked: bool = True) -> bytes:
    first = kind | (0x80 if final else 0)
    bit = 0x80 if masked else 0
    if len(data) < 126:
        head = struct.pack("!BB", first, bit | len(data))
    elif len(data) < 1 << 16:
        head = struct.pack("!BBH", first, bit | 126, len(data))
    else:
        head = struct.pack("!BBQ", first, bit | 127, len(data))
    if not masked:
        return head + data
    return head + MASK + bytes(each ^ MASK[at % 4] for at, each in enumerate(data))


def said(data: bytes, kind: int = TEXT) -> Until:
    """The same, as the server says it."""
    return Until(frame(kind, data, masked=False))


GOODBYE = frame(CLOSE, struct.pack("!H", 1000))


def all_of_them() -> Iterator[Exchange]:
    yield from _handshakes()
    yield from _messages()
    yield from _endings()


def _handshakes() -> Iterator[Exchange]:
    yield exchange("handshake", OPEN, HEAD_ONLY)
    yield exchange("handshake after requests", GET, ANSWER, GET, ANSWER, OPEN, HEAD_ONLY)
    yield exchange("handshake after a rest", GET, ANSWER, 0.4, OPEN, HEAD_ONLY)
    yield exchange("handshake pipelined", GET + OPEN, ANSWER, HEAD_ONLY)
    yield exchange("in pieces", *(OPEN[at : at + 30] for at in range(0, len(OPEN), 30)), HEAD_ONLY)
    deflated = asking("/echo", *HANDSHAKE, "Sec-WebSocket-Extensions: permessage-deflate")
    yield exchange("compressed", deflated, HEAD_ONLY, frame(TEXT, b"plain"), Until(b"\xc1"))
    chosen = asking("/echo", *HANDSHAKE, "Sec-WebSocket-Protocol: chat, other")
    yield exchange("a protocol", chosen, HEAD_ONLY)
    yield exchange("refused", asking("/refuse", *HANDSHAKE), ANSWER)
    yield exchange("refused, and again", asking("/refuse", *HANDSHAKE), ANSWER, GET)
    for missing in HANDSHAKE:
        rest = (line for line in HANDSHAKE if line is not missing)
        yield exchange(f"without {missing}", asking("/echo", *rest), ANSWER)
    yield exchange("version 12", OPEN.replace(b": 13", b": 12"), ANSWER)
    yield exchange("by POST", OPEN.replace(b"GET", b"POST"), ANSWER)
    yield exchange("in HTTP/1.0", OPEN.replace(b"/1.1", b"/1.0"), ANSWER)
    yield exchange("with a message at once", OPEN + frame(TEXT, b"early"), HEAD_ONLY)


def _messages() -> Iterator[Exchange]:
    opened = (OPEN, HEAD_ONLY, Until(FIRST_PING))
    hello = frame(TEXT, b"hello")
    yield exchange("echo", *opened, hello, said(b"hello"), hello, said(b"hello"))
    yield exchange("echo after a rest", *opened, 0.4, hello, said(b"hello"), 0.4, hello)
    yield exchange("many at once", *opened, hello * 50, *(said(b"hello"),) * 50)
    yield exchange("binary", *opened, frame(BINARY, b"\0\xff"), said(b"\0\xff", BINARY))
    yield exchange("cut anywhere", *opened, *(hello[at : at + 1] for at in range(len(hello))))
    for length in (0, 125, 126, 60_000):
        data = b"x" * length
        yield exchange(f"{length} letters", *opened, frame(TEXT, data), said(data))
    parts = (frame(TEXT, b"a", final=False), frame(CONTINUES, b"b", final=False))
    yield exchange("fragments", *opened, *parts, frame(CONTINUES, b"c"), said(b"abc"))
    yield exchange("ping among fragments", *opened, parts[0], frame(PING), frame(CONTINUES, b"b"))
    yield exchange("ping", *opened, frame(PING, b"are you there"), said(b"are you there", PONG))
    yield exchange("pong", *opened, frame(PONG), hello, said(b"hello"))


def _endings() -> Iterator[Exchange]:
    opened = (OPEN, HEAD_ONLY, Until(FIRST_PING))
    hello = frame(TEXT, b"hello")
    yield exchange("goodbye", *opened, hello, said(b"hello"), GOODBYE)
    yield exchange("goodbye with more after", *opened, GOODBYE + hello, ends_early=True)
    yield exchange("goodbye without code", *opened, frame(CLOSE))
    yield exchange("the server's goodbye", asking("/greet-and-leave", *HANDSHAKE), HEAD_ONLY)
    leaving = asking("/greet-and-leave", *HANDSHAKE), HEAD_ONLY, Until(b"bye")
    yield exchange("the server's goodbye answered", *leaving, GOODBYE)
    failing = asking("/fail-when-open", *HANDSHAKE), HEAD_ONLY, Until(FIRST_PING)
    yield exchange("a failure", *failing, hello)
    yield exchange("too large", *opened, frame(BINARY, bytes(70_000)), ends_early=True)
    yield exchange("not masked", *opened, frame(TEXT, b"a", masked=False))
    yield exchange("not text", *opened, frame(TEXT, b"\xff\xfe"))
    yield exchange("an unknown kind", *opened, frame(0x5, b"a"))
    yield exchange("nothing to continue", *opened, frame(CONTINUES, b"a"))
    for name, how in {"leaves": LEAVE, "resets": RESET}.items():
        yield exchange(f"{name} an open one", *opened, how)
        yield exchange(f"{name} within a frame", *opened, hello[:3], how)
    # Which hypercorn hears of with its next ping.
    yield exchange("stops sending", *opened, END_OF_SENDING, hypercorn_waits=True)
