"""The browser's end of an event stream, as `EventSource` opens it. Nothing here waits for ever."""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import Self

from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header

from quart_app.testing.asgi import Exchange, Message, decoded
from quart_app.testing.call import Call
from quart_app.testing.events import Event, EventReader
from quart_app.testing.response import Response

CONTENT_TYPE = "text/event-stream"
ASKED_WITH = {"Accept": CONTENT_TYPE, "Cache-Control": "no-cache"}


class StreamRefused(Exception):
    """The answer was no event stream. `response` is what came instead."""

    def __init__(self, reason: str, *, response: Response) -> None:
        super().__init__(reason)
        self.response = response


class StreamClosed(Exception):
    """The application has ended the stream: there is nothing more to receive."""


class EventStream:
    """Open within `async with`. What the application raises is raised here."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._reader = EventReader()
        self._events: deque[Event] = deque()
        self._is_over = False
        self.headers = Headers()
        """Those of the answer."""

    async def __aenter__(self) -> Self:
        request = {"type": "http.request", "body": b"", "more_body": False}
        await self._call.begin(request, self._open)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._call.end(self._leave, after=error)

    async def receive(self, event: str | None = None, *, timeout: float | None = None) -> Event:
        """The next event; with a name the next one of that name, and those before it are thrown
        away. Raises `StreamClosed`, and `TimeoutError` if so many seconds bring nothing."""
        while True:
            while self._events:
                found = self._events.popleft()
                if event in (None, found.event):
                    return found
            if self._is_over:
                raise StreamClosed(f"{self._call.url} has ended")
            await self._read(f"no event {event or ''}".rstrip() + " came", timeout)

    async def wait_closed(self, *, timeout: float | None = None) -> None:
        """Until the application ends the stream. Events before that are thrown away."""
        while not self._is_over:
            await self._read("it was not ended", timeout)
        self._events.clear()

    async def _open(self) -> None:
        opened = await self._call.opened_by(_is_stream, "it was not answered")
        if isinstance(opened, Exchange):
            response = opened.response(self._call.url)
            reason = f"{response.url} was answered with {response.status} and no event stream"
            raise StreamRefused(reason, response=response)
        self.headers = decoded(opened.get("headers", ()))

    async def _leave(self) -> None:
        self._call.tell({"type": "http.disconnect"})

    async def _read(self, complaint: str, timeout: float | None) -> None:
        try:
            message = await self._call.next(complaint, timeout)
        finally:
            self._is_over = self._call.has_failed
        if message is None:
            self._is_over = True
        elif message["type"] == "http.response.body":
            self._events.extend(self._reader.feed(message.get("body", b"")))
            self._is_over = not message.get("more_body", False)


def _is_stream(message: Message) -> bool:
    if message["type"] != "http.response.start":
        return False
    kind, _ = parse_options_header(decoded(message.get("headers", ())).get("Content-Type"))
    return (message["status"], kind) == (200, CONTENT_TYPE)
