"""One request over HTTP/1 and its answer, as hypercorn has them, by a shorter way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from time import time
from typing import Any

import h11
from hypercorn.config import Config
from hypercorn.protocol.events import StreamClosed
from hypercorn.protocol.http_stream import ASGIHTTPState, HTTPStream
from hypercorn.typing import H11SendableEvent
from hypercorn.utils import suppress_body

_CLOSE = (b"connection", b"close")
_OK = 200
_MOST_REMEMBERED = 512
_LONGEST_REMEMBERED = 512
# They hold keys of sessions, and tokens on their way to another site.
_SECRET = (b"set-cookie", b"location")

Header = tuple[bytes, bytes]
Out = Callable[[H11SendableEvent], Awaitable[None]]

_known: dict[Header, Header] = {}


class HttpStream(HTTPStream):
    """Head, body and end go straight to h11. By way of hypercorn's events, which serve HTTP/2 too,
    the server spends a tenth more on each answer."""

    def __init__(self, *args: Any, out: Out, is_last: Callable[[], bool]) -> None:
        super().__init__(*args)
        self._out = out
        self._is_last = is_last

    async def app_send(self, message: Any) -> None:
        """What the application says."""
        kind = None if message is None else message["type"]
        if kind == "http.response.start" and self.state is ASGIHTTPState.REQUEST:
            self.response = message
            await self._out(self._head(int(message["status"]), message.get("headers", ())))
            self.state = ASGIHTTPState.RESPONSE
        elif kind == "http.response.body" and self.state is ASGIHTTPState.RESPONSE:
            body = message.get("body", b"")
            if body and not suppress_body(self.scope["method"], int(self.response["status"])):
                await self._out(h11.Data(data=bytes(body)))
            if not message.get("more_body", False):
                await self._out(h11.EndOfMessage())
                self.state = ASGIHTTPState.CLOSED
                await self.send(StreamClosed(stream_id=self.stream_id))
        else:
            await super().app_send(message)

    def _head(self, status: int, given: Iterable[Header]) -> h11.Response:
        headers = [_cleaned((bytes(name), bytes(value))) for name, value in given]
        headers += _of_the_server(self.config, int(time()))
        if self._is_last():
            headers.append(_CLOSE)
        # So h11 makes events of what its own parser has checked.
        return h11.Response(status_code=status, headers=headers, _parsed=True)


@lru_cache(1)
def _of_the_server(config: Config, _second: int) -> list[Header]:
    """What hypercorn says of itself, and of the time, which it would write out at each answer."""
    headers = config.response_headers("h11")
    _verify(headers)
    return headers


def _cleaned(header: Header) -> Header:
    """Without space around it. Raises `h11.LocalProtocolError` if it would split an answer in two.

    Most headers are those of the answer before, and a secret is not to be remembered."""
    if (known := _known.get(header)) is not None:
        return known
    name, value = cleaned = header[0].strip(), header[1].strip()
    _verify([cleaned])
    if name.lower() not in _SECRET and len(name) + len(value) <= _LONGEST_REMEMBERED:
        if len(_known) >= _MOST_REMEMBERED:
            _known.clear()
        _known[cleaned] = cleaned
    return cleaned


def _verify(headers: list[Header]) -> None:
    h11.Response(status_code=_OK, headers=headers)
