"""`GET /events`: who may wait for news, and the head of the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

from quart import Response, request
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from quart_app.live import events
from quart_app.live.hub import Hub
from quart_app.live.layer import CONTENT_TYPE, put_stream
from quart_app.live.registry import TooMany
from quart_app.live.stream import Queued, Stream
from quart_app.origin import refuse_cross_site
from quart_app.scope import can_park, is_draining
from quart_app.sessions import ServerSideSession

NO_CONTENT = 204
# To a page that only asks how things are: the page stays as it is, and asks again later.
NOT_YET = 202
BACK_AFTER_SECONDS = 10
HEADERS = {
    "Content-Type": CONTENT_TYPE.decode(),
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep the events until there are 4 kB of them
}


def answer(session: ServerSideSession, hub: Hub, *, has_moved: bool) -> Response:
    """A stream for this session, or 204 if there is none; for one that `has_moved`, whose browser
    has the new cookie in a moment, word to come back. Raises 403, 429 and 503."""
    # That a visitor is signed in here is no other site's business.
    refuse_cross_site(request)
    first_sid = session.first_sid  # raises when the store could not be asked
    if session.record is None:
        if has_moved and request.method == "GET":
            return Response(events.come_back(), headers=HEADERS)
        if has_moved:
            return Response("", status=NOT_YET)
        # To a browser that is the one answer that says: do not ask again.
        return Response("", status=NO_CONTENT)
    headers = {**HEADERS, "Session-Mark": events.mark(first_sid)}
    if request.method == "HEAD":
        return Response("", headers=headers)
    scope = cast(dict[str, Any], request.scope)
    if is_draining(scope):
        raise ServiceUnavailable(retry_after=BACK_AFTER_SECONDS)
    stream = Stream(hub.pages, key=session.record.key, owner=session.record.owner)
    try:
        hub.add(stream, hub.pages)
    except TooMany as exc:
        raise TooManyRequests(retry_after=BACK_AFTER_SECONDS) from exc
    put_stream(scope, stream)
    body = _head(first_sid) if can_park(scope) else _body(first_sid, stream)
    response = Response(body, headers=headers)
    response.timeout = None
    return response


async def _head(first_sid: str) -> AsyncIterator[bytes]:
    # The server goes on from here.
    yield events.opening(first_sid)


async def _body(first_sid: str, stream: Stream) -> AsyncIterator[bytes]:
    yield events.opening(first_sid)
    wire = Queued(stream.gone)
    stream.parked(wire)
    async for data in wire.read():
        yield data
