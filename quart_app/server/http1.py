"""HTTP/1 as hypercorn speaks it, without ways from there to HTTP/2."""

from __future__ import annotations

from functools import lru_cache
from time import time

import h11
from hypercorn.config import Config
from hypercorn.events import Closed
from hypercorn.protocol.events import Event, Response
from hypercorn.protocol.h11 import H11Protocol

_VERSION_NOT_SUPPORTED = 505
_FIRST_FINAL_STATUS = 200
_REMEMBERED = 512
_LONGEST_REMEMBERED = 512


class Http1(H11Protocol):
    """HTTP/2 without TLS is nothing that a browser speaks. But a proxy that passes `Upgrade` on for
    websockets would pass `h2c` too, and then requests that it never sees."""

    @property
    def has_unread(self) -> bool:
        """Whether it holds bytes that are no whole request yet."""
        return bool(self.connection.trailing_data[0])

    @property
    def answer_headers(self) -> list[tuple[bytes, bytes]]:
        """Of the answer under way, as the application gave them."""
        return list(self.stream.response["headers"]) if self.stream is not None else []

    async def _check_protocol(self, event: h11.Request) -> None:
        """An upgrade to h2c is ignored, as RFC 9110 allows: the request is served as it is."""

    async def _create_stream(self, request: h11.Request) -> None:
        if (request.method, request.http_version) == (b"PRI", b"2.0"):
            await self._send_error_response(_VERSION_NOT_SUPPORTED)
            await self.send(Closed())
            return
        await super()._create_stream(request)

    async def stream_send(self, event: Event) -> None:
        """What the application answers, on its way out."""
        if isinstance(event, Response) and event.status_code >= _FIRST_FINAL_STATUS:
            headers = [*event.headers, *_of_the_server(self.config, int(time()))]
            if self.keep_alive_requests >= self.config.keep_alive_max_requests:
                headers.append((b"connection", b"close"))
            for name, value in headers:
                _check(name, value)
            # So h11 makes events of what its own parser has checked.
            answer = h11.Response(status_code=event.status_code, headers=headers, _parsed=True)
            await self._send_h11_event(answer)
        else:
            await super().stream_send(event)


@lru_cache(1)
def _of_the_server(config: Config, _second: int) -> list[tuple[bytes, bytes]]:
    """What hypercorn says of itself, and of the time, which it would write out at each answer."""
    return config.response_headers("h11")


def _check(name: bytes, value: bytes) -> None:
    """Whether nothing in a header splits an answer in two. Raises `h11.LocalProtocolError`.

    Most headers are those of the answer before, and a secret is not to be remembered."""
    if name.lower() == b"set-cookie" or len(value) > _LONGEST_REMEMBERED:
        _validate.__wrapped__(name, value)
    else:
        _validate(name, value)


@lru_cache(_REMEMBERED)
def _validate(name: bytes, value: bytes) -> None:
    h11.Response(status_code=_FIRST_FINAL_STATUS, headers=[(name, value)])
