"""The connection, as far as the code of the protocol knows it."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from hypercorn.events import Event


class Line(Protocol):
    """What a conversation is held over."""

    async def write(self, data: bytes, /, *, at_once: bool = False) -> None:
        """Send it, and wait where the peer is slow."""

    async def hear(self, event: Event, /) -> None:
        """What hypercorn's code says."""

    def answered(self) -> None:
        """An answer has been written, and the connection goes on."""

    async def park(self, scope: Any, stream: Any, /) -> None:
        """Take over an answer that goes on, or tell its stream that there is nobody for it."""

    def may_stream(self) -> bool:
        """Whether there is room for one more stream; it has a place then."""

    async def call_websocket(self, scope: Any, receive: Any, send: Any, /) -> None:
        """Have the application serve one."""


class Nobody:
    """In the place of a connection that has ended."""

    async def write(self, _data: bytes, /, *, at_once: bool = False) -> None:
        # A handler that only sends is not to hold up the event loop.
        await asyncio.sleep(0)

    async def hear(self, _event: Event, /) -> None:
        await asyncio.sleep(0)

    def answered(self) -> None:
        pass

    async def park(self, _scope: Any, stream: Any, /) -> None:
        stream.gone()

    def may_stream(self) -> bool:
        return False

    async def call_websocket(self, _scope: Any, _receive: Any, _send: Any, /) -> None:
        pass


NOBODY: Line = Nobody()
