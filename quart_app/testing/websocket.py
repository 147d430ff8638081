"""The browser's end of a websocket. Nothing here waits for ever."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any, Self

from quart_app.testing.asgi import Exchange, Message
from quart_app.testing.call import Call
from quart_app.testing.response import Response

NORMAL, ABNORMAL = 1000, 1006
# An application that closes is told that it is over only when the browser has closed too.
HANDSHAKE_SECONDS = 0.1


class WebsocketRefused(Exception):
    """The application did not accept the websocket. What it answered, if it did, is `response`."""

    def __init__(self, reason: str, *, response: Response | None = None) -> None:
        super().__init__(reason)
        self.response = response


class WebsocketClosed(Exception):
    """There is nothing more to receive, or nobody to send to."""

    def __init__(self, url: str, *, code: int, reason: str) -> None:
        super().__init__(f"{url} is closed with code {code}{reason and ': '}{reason}")
        self.code = code
        self.reason = reason


class WebSocket:
    """Open within `async with`. What the application raises is raised here."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.subprotocol: str | None = None
        self.close_code: int | None = None
        """`None` while it is open; 1006 if the application left without a word."""
        self.close_reason = ""

    async def __aenter__(self) -> Self:
        await self._call.begin({"type": "websocket.connect"}, self._be_accepted)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._call.end(self._leave, after=error)

    async def send(self, data: str | bytes) -> None:
        """Send a text or a binary message. Raises `WebsocketClosed`."""
        self._require_open()
        kind = "text" if isinstance(data, str) else "bytes"
        self._call.tell({"type": "websocket.receive", kind: data})

    async def send_json(self, data: Any) -> None:
        """Send a text message that is JSON. Raises `WebsocketClosed`."""
        await self.send(json.dumps(data))

    async def receive(self, *, timeout: float | None = None) -> str | bytes:
        """The next message. Raises `WebsocketClosed`, and `TimeoutError` after so many seconds."""
        self._require_open()
        message = await self._next("no message came", timeout)
        if message is not None and message["type"] == "websocket.send":
            text, data = message.get("text"), message.get("bytes")
            return data or b"" if text is None else text
        self._note_close(message)
        raise self._closed()

    async def receive_json(self, *, timeout: float | None = None) -> Any:
        """The next message, which is JSON."""
        return json.loads(await self.receive(timeout=timeout))

    async def wait_closed(self, *, timeout: float | None = None) -> int:
        """The code with which the application closes. Messages before that are thrown away."""
        while self.close_code is None:
            message = await self._next("it was not closed", timeout)
            if message is None or message["type"] == "websocket.close":
                self._note_close(message)
        return self.close_code

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Close it from the browser's side. Raises `WebsocketClosed`."""
        self._require_open()
        self.close_code, self.close_reason = code, reason
        self._disconnect(code)

    async def _be_accepted(self) -> None:
        opened = await self._call.opened_by(_is_decided, "it was not accepted")
        url = self._call.url
        if isinstance(opened, Exchange):
            if not opened.is_over:
                raise WebsocketRefused(f"{url}: the application returned before it accepted")
            response = opened.response(url)
            reason = f"{url} was answered with {response.status}, not accepted"
            raise WebsocketRefused(reason, response=response)
        if opened["type"] == "websocket.close":
            code = opened.get("code", NORMAL)
            raise WebsocketRefused(f"{url} was closed with {code}, not accepted")
        self.subprotocol = opened.get("subprotocol")

    async def _leave(self) -> None:
        if self.close_code is None:
            await self.close()
        else:
            await self._call.settle(seconds=HANDSHAKE_SECONDS)
            self._disconnect(self.close_code)

    async def _next(self, complaint: str, timeout: float | None) -> Message | None:
        """What the application sends next; `None` if it has ended."""
        try:
            return await self._call.next(complaint, timeout)
        finally:
            if self._call.has_failed:
                self._note_close(None)

    def _disconnect(self, code: int) -> None:
        said = {"type": "websocket.disconnect", "code": code, "reason": self.close_reason}
        self._call.tell(said)

    def _note_close(self, message: Message | None) -> None:
        closing: Message = {"code": ABNORMAL} if message is None else message
        self.close_code = closing.get("code", NORMAL)
        self.close_reason = closing.get("reason") or ""

    def _require_open(self) -> None:
        if self.close_code is not None:
            raise self._closed()

    def _closed(self) -> WebsocketClosed:
        code = ABNORMAL if self.close_code is None else self.close_code
        return WebsocketClosed(self._call.url, code=code, reason=self.close_reason)


def _is_decided(message: Message) -> bool:
    return message["type"] in ("websocket.accept", "websocket.close")
