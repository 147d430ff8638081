"""Where the server is meant to differ from plain hypercorn, and what a client sees instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.server.exchanges.leaving import REST_SECONDS
from tests.server.exchanges.malformed import EMPTY_LINES
from tests.server.exchanges.player import Ending, Player, same

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an exchange ends with ours."""

    because: str
    status: int | None
    """Of the last answer."""
    closes: bool = True
    always: bool = True
    """Whether hypercorn never does so. Else it is a matter of luck: of what it reads in one go, and
    of how long it takes to answer."""

    def is_met_by(self, ours: Player, theirs: Player) -> bool:
        """Whether the clients have seen that by now."""
        if self.always and same(ours, theirs):
            return False  # the one answers sooner than the other
        statuses = [int(status) for status in _STATUS.findall(ours.received)]
        has_closed = ours.ending in (Ending.CLOSED, Ending.RESET)
        last = statuses[-1] if statuses else None
        return last == self.status and has_closed is self.closes


_LAST = Wanted("what follows a last request is no request, and replaces no answer", 200)
_NO_LINE = "an empty line before a request is none (RFC 9112, 2.2)"
_VERSION = Wanted("what is not HTTP/1 is not spoken (RFC 9110, 15.6.6)", 505)
_BOTH = Wanted("with length and chunks somebody may be deceived (RFC 9112, 6.3)", 200)
_TARGET = Wanted("the target is malformed (RFC 9112, 3.2)", 400)
_HOST = Wanted("the host is malformed (RFC 9112, 3.2)", 400)
_WHOLE = Wanted("a whole URL is the path in it, and its host (RFC 9112, 3.2.2)", 200, closes=False)
_LONG_TARGET = Wanted("a target that is too long has a status of its own", 414)
_LONG_HEAD = Wanted("a head has one limit, however it is cut", 431)
_MANY = Wanted("each header costs time", 431)
_FRAMING = Wanted("what frames a body is bounded", 431)
_HANDSHAKE = Wanted("a refused handshake holds no connection", 400)

# By the name of an exchange, or by what stands before its first comma.
WANTED: Mapping[str, Wanted] = {
    **dict.fromkeys(("version 0.9", "version 3.0", "version 8.4"), _VERSION),
    **dict.fromkeys(("an odd percent", "a fragment", "no slash", "CONNECT"), _TARGET),
    **dict.fromkeys(("a host with a path", "two words as host", "a user and a host"), _HOST),
    **dict.fromkeys(("a whole URL", "a whole URL of another host"), _WHOLE),
    "length and chunks": _BOTH,
    "chunked in HTTP/1.0, and a request": _LAST,
    "HTTP/1.0 kept and again": _LAST,
    "close within a pipeline": _LAST,
    "an end of line after the last": _LAST,
    "an end of line after the last form": _LAST,
    "anything after the last": _LAST,
    **{
        f"{times} ends of line {where}": Wanted(_NO_LINE, 200, closes=False)
        for times in EMPTY_LINES
        for where in ("before", "between", "pipelined")
    },
    **{
        f"{times} ends of line": Wanted(_NO_LINE, None, closes=False, always=False)
        for times in EMPTY_LINES
    },
    **{
        f"{times} ends of line then": Wanted(_NO_LINE, 200, closes=False, always=False)
        for times in EMPTY_LINES
    },
    **{
        f"stops sending after a line's end, {rest} seconds": Wanted(_NO_LINE, None, always=rest > 0)
        for rest in (0.0, REST_SECONDS)
    },
    **dict.fromkeys(("a long path", "a path that is just too long"), _LONG_TARGET),
    **dict.fromkeys(("line feeds without end", "many cookies", "a long head"), _LONG_HEAD),
    **dict.fromkeys(("many headers", "four thousand headers", "empty headers"), _MANY),
    **dict.fromkeys(("long trailers", "an extension of each chunk"), _FRAMING),
    "without Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==": _HANDSHAKE,
    "without Sec-WebSocket-Version: 13": _HANDSHAKE,
    **dict.fromkeys(("version 12", "in HTTP/1.0", "with a message at once"), _HANDSHAKE),
}


def wanted(name: str) -> Wanted | None:
    """What the table has for this exchange."""
    return WANTED.get(name) or WANTED.get(name.partition(",")[0])
