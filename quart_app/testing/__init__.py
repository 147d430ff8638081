"""What an application's own tests need: browsers, a clock to turn, a store to break.

Each part is loaded when it is first asked for: pytest imports this package at every start.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quart_app.testing.broken_store import BrokenStore
    from quart_app.testing.client import Client, signed_in_client
    from quart_app.testing.clock import FakeClock
    from quart_app.testing.cookie_jar import Cookie, CookieJar, Refused
    from quart_app.testing.event_stream import EventStream, StreamClosed, StreamRefused
    from quart_app.testing.events import Event
    from quart_app.testing.response import Response
    from quart_app.testing.session_access import SessionNotKept
    from quart_app.testing.websocket import WebSocket, WebsocketClosed, WebsocketRefused
    from quart_app.testing.wrapped_store import WrappedStore

__all__ = [
    "BrokenStore",
    "Client",
    "Cookie",
    "CookieJar",
    "Event",
    "EventStream",
    "FakeClock",
    "Refused",
    "Response",
    "SessionNotKept",
    "StreamClosed",
    "StreamRefused",
    "WebSocket",
    "WebsocketClosed",
    "WebsocketRefused",
    "WrappedStore",
    "signed_in_client",
]

_IN = {
    "BrokenStore": "broken_store",
    "Client": "client",
    "Cookie": "cookie_jar",
    "CookieJar": "cookie_jar",
    "Event": "events",
    "EventStream": "event_stream",
    "FakeClock": "clock",
    "Refused": "cookie_jar",
    "Response": "response",
    "SessionNotKept": "session_access",
    "StreamClosed": "event_stream",
    "StreamRefused": "event_stream",
    "WebSocket": "websocket",
    "WebsocketClosed": "websocket",
    "WebsocketRefused": "websocket",
    "WrappedStore": "wrapped_store",
    "signed_in_client": "client",
}


def __getattr__(name: str) -> Any:
    if name not in _IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_IN[name]}"), name)


def __dir__() -> list[str]:
    return __all__
