"""The outermost layer: notes what becomes of each request, and gives that to whoever reports it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from re import ASCII, compile
from typing import Any, TypeVar

from quart import Quart

from quart_app.forwarded import Proxies, last_word
from quart_app.scope import SEEN, App, Message, Receive, Scope, Send

REQUEST_ID = b"x-request-id"
# As proxies make them. Anything else might be a line of somebody's own.
_ID = compile(r"[\w.:=+/-]{8,128}", ASCII)
SWITCHING, REFUSED = 101, 403

T = TypeVar("T")


class Seen:
    """One request and its answer. It is the answer's way out, so that nothing stands between."""

    __slots__ = ("_id", "_maker", "_send", "began", "body_bytes", "route", "scope", "status")

    def __init__(self, scope: Scope, send: Send, maker: _Ids) -> None:
        self.scope = scope
        self.began = time.perf_counter()
        self.status: int | None = None
        """`None` as long as there is no answer."""
        self.body_bytes = 0
        self.route: str | None = None
        """The rule that the path goes by; `None` if it came to no handler."""
        self._send = send
        self._maker = maker
        self._id: str | None = None

    def __call__(self, message: Message) -> Awaitable[None]:
        kind = message["type"]
        if kind == "http.response.body":
            self.body_bytes += len(message.get("body", b""))
        elif kind in ("http.response.start", "websocket.http.response.start"):
            self.status = message["status"]
        elif kind == "websocket.accept":
            self.status = SWITCHING
        elif kind == "websocket.close" and self.status is None:
            self.status = REFUSED
        return self._send(message)

    @property
    def seconds(self) -> float:
        """Since it came."""
        return time.perf_counter() - self.began

    @property
    def peer(self) -> str:
        """Who asks, as far as that is to be believed."""
        peer, proxies = _peer(self.scope), self._maker.proxies
        if proxies.include(peer):
            peer = proxies.client_beyond(peer, self.scope["headers"])
        return peer or "-"

    @property
    def request_id(self) -> str:
        """The proxy's, if it is one of ours and gave one; else our own."""
        if self._id is None:
            self._id = self._maker.id_of(self.scope)
        return self._id


class _Ids:
    """Makes them, in this process as in no other."""

    def __init__(self, proxies: Proxies) -> None:
        self.proxies = proxies
        self._process = secrets.token_hex(6)
        self._numbers = count(1)

    def id_of(self, scope: Scope) -> str:
        if self.proxies.include(_peer(scope)):
            given = last_word(scope["headers"], REQUEST_ID)
            if _ID.fullmatch(given):
                return given
        return f"{self._process}-{next(self._numbers):x}"


def _peer(scope: Scope) -> str:
    """Empty at a socket that is a file."""
    client = scope.get("client")
    return client[0] if client else ""


class Layer:
    """An ASGI application about another one."""

    def __init__(
        self, app: App, *, proxies: Proxies, reports: Sequence[Callable[[Seen], None]]
    ) -> None:
        self._app = app
        self._ids = _Ids(proxies)
        self._reports = reports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        seen = Seen(scope, send, self._ids)
        try:
            await self._app({**scope, SEEN: seen}, receive, seen)
        finally:
            for report in self._reports:
                report(seen)


def name_routes(app: Quart) -> None:
    """Have an application say which rule a request goes by. Not in a hook of Quart's: one for all
    rules fails for websockets, and one before each request makes sessions be opened for files."""
    app.request_class = _telling(app.request_class)
    app.websocket_class = _telling(app.websocket_class)


def _telling(kind: type[T]) -> type[T]:
    class Telling(kind):  # type: ignore[valid-type, misc]
        """Tells its rule as soon as it knows it: what comes with the rule is looked at once."""

        _arguments: dict[str, Any] | None = None

        @property
        def view_args(self) -> dict[str, Any] | None:
            return self._arguments

        @view_args.setter
        def view_args(self, arguments: dict[str, Any]) -> None:
            self._arguments = arguments
            seen = self.scope.get(SEEN)
            if isinstance(seen, Seen) and self.url_rule is not None:
                seen.route = self.url_rule.rule

    return Telling
