"""What rooms that need not know each other share by way of ASGI: its types, and names of our own in
its scopes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

T = TypeVar("T")

# Of HTTP: what is asked so changes nothing.
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")

# An extension: the server takes a stream off the application's hands. Also the message for it.
PARK = "quart_app.park"
# An extension: `receive`, and what says its next message without waiting, or `None`. With another
# `receive` than this, a layer before the application is to hear its messages first.
AT_HAND = "quart_app.at_hand"
# In the scope: who observes. The layers and the handler below may tell of themselves.
SEEN = "quart_app.seen"
# In the state of the lifespan: the server is about to stop.
DRAINING = "quart_app.draining"


def is_draining(scope: Mapping[str, Any]) -> bool:
    """Whether the server has said that it is about to stop."""
    return bool((scope.get("state") or {}).get(DRAINING))


def can_park(scope: Scope) -> bool:
    """Whether the server can hold a stream without the application."""
    return PARK in (scope.get("extensions") or {})


def current(name: T) -> T:
    """The request or session itself: the name that Quart has for it looks it up at every use."""
    return name._get_current_object()  # type: ignore[attr-defined,no-any-return]
