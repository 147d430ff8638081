"""HTTP/1 as hypercorn speaks it, without ways from there to HTTP/2."""

from __future__ import annotations

import h11
from hypercorn.events import Closed
from hypercorn.protocol.h11 import H11Protocol

_VERSION_NOT_SUPPORTED = 505


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
