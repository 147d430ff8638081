"""Recognises the request that nearly every client sends, and writes the answer that nearly every
application gives; does no I/O.

Neither refuses or mends anything. Both say "ordinary" or "I don't know", and what they do not know
is for h11: there is no second opinion of HTTP here that a request could be smuggled through.
"""

from __future__ import annotations

import re
from functools import lru_cache
from time import time
from typing import Any, NamedTuple

from hypercorn.config import Config

# Possessive throughout: each byte of a head is looked at once, whatever a client has made of it.
_TOKEN = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]++"
_TEXT = rb"[\x21-\x7e\x80-\xff]++(?:[ \t]++[\x21-\x7e\x80-\xff]++)*+"
# Visible ASCII without a fragment; in its path, a percent begins an escape.
_TARGET = rb'/(?:[!"$&->@-~]++|%[0-9A-Fa-f]{2})*+(?:\?[!"$-~]*+)?+'
TARGET = re.compile(_TARGET)
HOST = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]++\]|(?:[-A-Za-z0-9._~!$&'()*+,;=]++|%[0-9A-Fa-f]{2})*+)(?::[0-9]*+)?+"
)
# Browsers send twenty, proxies add ten.
MOST_HEADERS = 100
_HEAD = re.compile(
    rb"(GET|HEAD|POST) (%b) HTTP/1\.1\r\n"
    rb"((?:%b:[ \t]*+(?:%b)?+[ \t]*+\r\n)++)\r\n" % (_TARGET, _TOKEN, _TEXT)
)
_LINE = re.compile(rb"(%b):[ \t]*+((?:%b)?+)[ \t]*+\r\n" % (_TOKEN, _TEXT))
_LENGTH = re.compile(rb"0|[1-9][0-9]{0,6}+")
_NAME, _VALUE = re.compile(_TOKEN), re.compile(rb"(?:%b)?+" % _TEXT)
# What these say has rules of its own.
_IN_REQUESTS = frozenset(
    {b"transfer-encoding", b"upgrade", b"expect", b"te", b"trailer", b"http2-settings"}
)
_ONCE, _KEEP_ALIVE = (b"host", b"connection", b"content-length"), b"keep-alive"
_IN_ANSWERS = frozenset({b"transfer-encoding", b"upgrade", b"connection", b"trailer"})
_FIRST_STATUS, _LAST_STATUS, _BODILESS = 200, 599, (204, 205, 304)
# These say the same to every visitor.
_REMEMBERED = frozenset(
    {
        *(
            b"content-type",
            b"cache-control",
            b"vary",
            b"content-language",
            b"allow",
            b"retry-after",
        ),
        *(b"content-security-policy", b"cross-origin-opener-policy", b"permissions-policy"),
        *(b"cross-origin-resource-policy", b"referrer-policy", b"strict-transport-security"),
        *(b"x-content-type-options", b"x-frame-options"),
    }
)
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 256, 1024
_CLOSE = b"connection: close\r\n"

Header = tuple[bytes, bytes]

_lines: dict[Header, bytes] = {}


class Ordinary(NamedTuple):
    """A request that is here as a whole."""

    method: str
    target: bytes
    headers: list[Header]
    body: bytes
    bytes: bytes
    """As it came."""


def recognised(data: bytes, *, most: int) -> Ordinary | None:
    """The ordinary request that these bytes begin with, if its head has no more than so many."""
    if (head := _HEAD.match(data, 0, most)) is None:
        return None
    headers = [(name.lower(), value) for name, value in _LINE.findall(head[3])]
    said = dict(headers)
    if len(headers) > MOST_HEADERS or not _IN_REQUESTS.isdisjoint(said):
        return None
    if len(said) < len(headers) and _is_said_twice([name for name, _ in headers]):
        return None
    if (host := said.get(b"host")) is None or not HOST.fullmatch(host):
        return None
    if said.get(b"connection", _KEEP_ALIVE).lower() != _KEEP_ALIVE:
        return None
    if not _LENGTH.fullmatch(length := said.get(b"content-length", b"0")):
        return None
    end = head.end() + int(length)
    if len(data) < end:
        return None
    return Ordinary(head[1].decode(), head[2], headers, data[head.end() : end], data[:end])


def _is_said_twice(names: list[bytes]) -> bool:
    return any(names.count(name) > 1 for name in _ONCE)


class Head(NamedTuple):
    """Of an ordinary answer, but for what the server adds."""

    status: int
    lines: bytes
    length: int
    """Of its body."""


def head_of(start: Any) -> Head | None:
    """The head that an application begins its answer with, if it is an ordinary one."""
    status = start["status"]
    has_rules = not isinstance(status, int) or not _FIRST_STATUS <= status <= _LAST_STATUS
    if has_rules or status in _BODILESS:
        return None
    lines, length = [], None
    for name, value in start["headers"]:
        header = bytes(name), bytes(value)
        if (line := _lines.get(header)) is None:
            kind = header[0].lower()
            line = b"%b: %b\r\n" % header
            if kind == b"content-length":
                if length is not None or not _LENGTH.fullmatch(header[1]):
                    return None
                length = int(header[1])
            # Anything else could split the answer in two.
            elif kind in _IN_ANSWERS or not (
                _NAME.fullmatch(header[0]) and _VALUE.fullmatch(header[1])
            ):
                return None
            if kind in _REMEMBERED and len(line) <= _LONGEST_REMEMBERED:
                if len(_lines) >= _MOST_REMEMBERED:
                    _lines.clear()
                _lines[header] = line
        lines.append(line)
    # Without a length it is a stream.
    return None if length is None else Head(status, b"".join(lines), length)


def written(head: Head, body: bytes, config: Config, *, is_last: bool) -> bytes | None:
    """Head and body of an ordinary answer, if they go together."""
    if len(body) != head.length:
        return None
    close = _CLOSE if is_last else b""
    of_server = _of_the_server(config, int(time()))
    return b"HTTP/1.1 %d \r\n%b%b%b\r\n%b" % (head.status, head.lines, of_server, close, body)


@lru_cache(1)
def _of_the_server(config: Config, _second: int) -> bytes:
    """What hypercorn says of itself, and of the time."""
    return b"".join(b"%b: %b\r\n" % header for header in config.response_headers("h11"))
