"""Quart by a shorter way: it spends three more tasks on each request and its answer, which takes it
as long as all else that it does for a short page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import lru_cache
from inspect import CO_COROUTINE
from types import TracebackType
from typing import Any, ParamSpec, Self

from quart import Quart, Request, Response
from quart.asgi import ASGIHTTPConnection
from quart.debug import traceback_response
from quart.typing import ResponseTypes
from quart.utils import encode_headers
from quart.wrappers.request import Body
from quart.wrappers.response import DataBody
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from quart_app.scope import AT_HAND

P = ParamSpec("P")

# Quart 0.22 appends parts to the body and refuses one that grows too large; 0.23 puts them into a
# queue, and looks at the limit when all are there.
_HAS_QUEUE = hasattr(Body, "put")
# Most pages are done by then. That a client has left can be noticed as much later.
_LISTEN_AFTER_SECONDS = 0.05
_CANCEL_AGAIN_AFTER_SECONDS = 0.05
# An application has some dozens; no client can make up one.
KNOWN_ENDPOINTS = 1_000


class Exchange(ASGIHTTPConnection):
    """Answers in the server's own task."""

    _taken = 0
    """So many bytes of the body have come."""

    async def __call__(self, receive: Any, send: Any) -> None:
        request = self._create_request_from_scope(send)
        is_whole = False
        at_hand = _at_hand(self.scope, receive)
        while not is_whole and (message := at_hand()) is not None:
            if message["type"] == "http.disconnect":
                return
            is_whole = await self._take(request, message)
        if is_whole:
            request.body_timeout = None  # no handler waits for it any more
        after = _LISTEN_AFTER_SECONDS if is_whole else 0.0
        listener = _Listener(lambda: self._hear(request, receive), after=after)
        async with listener:
            await self._answer(request, send, listener)

    async def _hear(self, request: Request, receive: Any) -> None:
        """Until the client hangs up."""
        while (message := await receive())["type"] != "http.disconnect":
            await self._take(request, message)

    async def _take(self, request: Request, message: Any) -> bool:
        """Add a part to the request's body. Whether it is whole, or too large to become so."""
        body: Any = request.body
        part, is_whole = message.get("body", b""), not message.get("more_body", False)
        self._taken += len(part)
        if not _HAS_QUEUE:
            body.append(part)
        elif (limit := self.app.config["MAX_CONTENT_LENGTH"]) is None or self._taken <= limit:
            await body.put(part)
        else:
            body._must_raise = RequestEntityTooLarge()
            is_whole = True
        if is_whole:
            body.set_complete()
        return is_whole

    async def _answer(self, request: Request, send: Any, listener: _Listener) -> None:
        """The page, and its way to the client."""
        try:
            response = await self.app.handle_request(request)
        except Exception as error:
            if not (self.app.debug or self.app.testing):
                raise
            response = await traceback_response(error)
        limit = response.timeout if isinstance(response, Response) else ...
        if limit is ...:
            limit = self.app.config["RESPONSE_TIMEOUT"]
        if limit is not None:
            # A client that reads so slowly gets no more of it. Not by `asyncio.timeout`, which
            # would take as long as all else that is done to send a page.
            listener.end_after(limit)
        await self._send_response(send, response)

    async def _send_response(self, send: Any, response: ResponseTypes) -> None:
        if (body := _whole(response)) is None:
            return await super()._send_response(send, response)
        start = {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": encode_headers(response.headers),
        }
        await send(start)
        # The end with it: as a message of its own, it would go through the whole server once more.
        await send({"type": "http.response.body", "body": body, "more_body": False})


class QuickRequest(Request):
    """Quart asks a request three times for its blueprints, and imports a module each time."""

    @property
    def blueprints(self) -> list[str]:
        rule = self.url_rule
        return [] if rule is None else list(_blueprints_of(rule.endpoint))


@lru_cache(KNOWN_ENDPOINTS)
def _blueprints_of(endpoint: str) -> list[str]:
    """The innermost first."""
    names = endpoint.split(".")[:-1]
    return [".".join(names[:length]) for length in range(len(names), 0, -1)]


class QuickQuart(Quart):
    """Quart, with less ado about each request."""

    asgi_http_class = Exchange
    request_class = QuickRequest

    def ensure_async(self, func: Callable[P, Any]) -> Callable[P, Awaitable[Any]]:
        """Quart asks this of three functions at each request, and looks for wrappers around them
        first. Nearly all are plain `async def`."""
        code = getattr(func, "__code__", None)
        is_async = code is not None and code.co_flags & CO_COROUTINE
        return func if is_async else super().ensure_async(func)


class _Listener:
    """Hears what the client sends, and cancels the block when it hangs up. It begins only once the
    block has waited for something, for so many seconds."""

    def __init__(self, listen: Callable[[], Coroutine[Any, Any, None]], *, after: float) -> None:
        self._listen = listen
        self._after = after
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._ends_at: float | None = None
        self._end: asyncio.TimerHandle | None = None
        self._again: asyncio.TimerHandle | None = None
        self._caught = 0
        self._has_cancelled = False

    def end_after(self, seconds: float) -> None:
        """Cancel the block after so long, as if the client had hung up. To be called once the
        handler has answered."""
        if self._block is not None:
            if self._has_cancelled:
                self._has_cancelled = False
                self._block.uncancel()
            # If another task cancelled the block, the handler has caught that.
            self._caught = self._block.cancelling()
        self._ends_at = self._loop.time() + seconds
        if self._task is not None:
            self._end = self._loop.call_at(self._ends_at, self._cancel)

    async def __aenter__(self) -> Self:
        self._block = asyncio.current_task(self._loop)
        if self._block is not None:
            self._caught = self._block.cancelling()
        self._beginning = self._loop.call_later(self._after, self._begin)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> bool:
        for timer in (self._beginning, self._end, self._again):
            if timer is not None:
                timer.cancel()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()  # and not waited for: it has nothing to tidy up
        if not self._has_cancelled or self._block is None:
            return False
        # Another task that cancelled the request, a server's that stops for instance, is to notice.
        is_ours = self._block.uncancel() == 0 and kind is asyncio.CancelledError
        if is_ours and task is not None and task.done():
            task.result()  # raises what kept it from listening
        return is_ours

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._run())
        if self._ends_at is not None:  # not before: nearly every answer is out by now
            self._end = self._loop.call_at(self._ends_at, self._cancel)

    async def _run(self) -> None:
        try:
            await self._listen()
        except Exception:
            self._cancel()
            raise
        self._cancel()

    def _cancel(self) -> None:
        if self._block is None or self._has_cancelled:
            return
        if self._block.cancelling() <= self._caught:
            self._has_cancelled = True
            self._block.cancel()
            return
        # Not twice: what the block does in the end, when another task has cancelled it, is to be
        # done. But that may have been a timeout of its own, after which it goes on.
        if self._again is not None:
            self._again.cancel()
        self._again = self._loop.call_later(_CANCEL_AGAIN_AFTER_SECONDS, self._cancel)


def _at_hand(scope: Any, receive: Any) -> Callable[[], Any]:
    """What gives the next message, if no task has to wait for it: most requests are here as a whole
    before their handler begins.

    Only our own server can be asked so. What another one has begun to receive cannot be given up:
    what it would have said is lost."""
    theirs, at_hand = (scope.get("extensions") or {}).get(AT_HAND, (None, None))
    return at_hand if theirs is not None and theirs is receive else lambda: None


def _whole(response: ResponseTypes) -> bytes | None:
    """The body, if all of it is at hand."""
    if isinstance(response, WerkzeugResponse):
        return response.get_data() if response.is_sequence else None
    body = response.response
    return body.data[body.begin : body.end] if type(body) is DataBody else None
