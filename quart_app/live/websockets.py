"""Websockets that end with the session of the browser that opened them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self, cast

from quart import session, websocket
from werkzeug.exceptions import Forbidden

from quart_app.live.hub import Hub
from quart_app.live.stream import Stream
from quart_app.origin import refuse_cross_site
from quart_app.sessions import ServerSideSession

SIGNED_OUT = 4001
REASON = "signed out"


class SignedIn:
    """The `async with` block runs while the visitor is signed in. Then it is cancelled and the
    websocket closed with 4001; the handler goes on after it. For a visitor who is not signed in the
    block does not even begin; nor for a page of another site, which is refused with 403."""

    __slots__ = ("_cancelling", "_has_ended", "_hub", "_stream", "_task")

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._has_ended = False

    async def __aenter__(self) -> Self:
        # A browser opens websockets to this site for any other's page, and sends its cookies.
        refuse_cross_site(websocket)
        # Asked first: while the store is down this raises, since an outage signs nobody out.
        is_new = session.new
        record = None if is_new or not isinstance(session, ServerSideSession) else session.record
        if record is None or record.owner is None:
            await _close()
            raise Forbidden
        self._task = cast("asyncio.Task[None]", asyncio.current_task())
        self._cancelling = self._task.cancelling()
        self._stream = Stream(self._hub.websockets, key=record.key, owner=record.owner)
        self._stream.parked(self)
        self._hub.add(self._stream, self._hub.websockets)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._stream.gone()
        if not self._has_ended:
            return False
        is_only_ours = self._task.uncancel() <= self._cancelling
        if error is None:
            # It was just about to be cancelled.
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
        elif not (is_only_ours and isinstance(error, asyncio.CancelledError)):
            return False
        await _close()
        return True

    def write(self, data: bytes, /) -> None:
        """Do nothing: events are for pages."""

    def end(self, data: bytes = b"", /) -> None:
        """The session has ended."""
        self._has_ended = True
        self._task.cancel()


async def _close() -> None:
    # Closed before it was accepted, it would be refused, and a page could not tell why.
    await websocket.accept()
    with suppress(RuntimeError):  # the handler was quicker
        await websocket.close(SIGNED_OUT, REASON)
