"""A line for each request. Never a token, a query, or what a form brought."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from re import ASCII, compile

from quart_app.observing.layer import Seen

# What stands in a line as it is: nothing that could pass for another field or line.
_PLAIN = compile(r"[\w/.:%@~!$&()*+,;-]*", ASCII)
# Most requests are for the same few paths; a client cannot make it more than this.
_REMEMBERED = 256


class AccessLog:
    """Reports by writing."""

    def __init__(self, write: Callable[[str], None], *, in_json: bool) -> None:
        self._write = write
        self._line = _json_line if in_json else _text_line
        self._second = -1
        self._until_second = ""

    def report(self, seen: Seen) -> None:
        """Write the request's line."""
        self._write(self._line(self._now(), seen))

    def _now(self) -> str:
        second, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
        if second != self._second:
            self._second = second
            self._until_second = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._until_second}.{milliseconds:03}+00:00"


def _text_line(now: str, seen: Seen) -> str:
    scope = seen.scope
    # A websocket begins as a GET.
    method, path = _shown(scope.get("method", "GET")), _shown(scope["path"])
    return (
        f"{now} INFO quart_app.access: {method} {path} status={seen.status or '-'}"
        f" bytes={seen.body_bytes} ms={seen.seconds * 1000:.1f} peer={seen.peer}"
        f" request={seen.request_id}"
    )


def _json_line(now: str, seen: Seen) -> str:
    return json.dumps(
        {
            "time": now,
            "level": "INFO",
            "logger": "quart_app.access",
            "method": seen.scope.get("method", "GET"),
            "path": seen.scope["path"],
            "status": seen.status,
            "bytes": seen.body_bytes,
            "ms": round(seen.seconds * 1000, 1),
            "peer": seen.peer,
            "request": seen.request_id,
        }
    )


@lru_cache(_REMEMBERED)
def _shown(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
