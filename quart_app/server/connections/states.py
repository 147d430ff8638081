"""The states of a connection: one table. Whatever connects is in one of its rows, and each of them
has a limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from math import inf

from quart_app.settings import ServerSettings

_MOMENT = timedelta(seconds=0.1)
_WHILE = timedelta(seconds=1)
# Closed at once, a socket with bytes that are still unread here takes back the answer before.
_UNTIL_HEARD = timedelta(seconds=2)


class Watched(Enum):
    """Who keeps a limit."""

    HERE = "counts from when the connection came to this state, or showed that it goes on"
    BY_THE_KERNEL = "counts from when the client was last heard of (`TCP_USER_TIMEOUT`)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One state."""

    holds: str
    limit: Callable[[ServerSettings], timedelta]
    watched: Watched = Watched.HERE
    ends: str
    """What ends it before the limit does."""
    makes_room_after: timedelta | None
    """How long it is spared when there is no room for a newcomer; `None`: its client waits for an
    answer, or has been promised one that goes on."""
    most: float = inf
    """How many there may be; one more, and the one that has been there longest leaves."""
    lasts: bool = False
    """It may go on for hours, so that of all places a part is kept from it."""


class State(Enum):
    """In the order in which they make room."""

    __hash__ = object.__hash__  # an enum's own is slow, and this is asked several times a request

    PARKED = Row(
        holds="its socket and an entry",
        limit=lambda settings: settings.keep_alive_timeout,
        ends="bytes of the client",
        makes_room_after=_MOMENT,
    )
    AWAKE = Row(
        holds="its objects, since another request often follows at once",
        limit=lambda settings: min(_WHILE, settings.keep_alive_timeout),
        ends="bytes of the client; at its limit, or as one too many, it is parked",
        makes_room_after=_MOMENT,
        most=256,  # some kilobytes each, which a crowd that comes once is not to take
    )
    LEAVING = Row(
        holds="its socket and an entry; everything is said, and the client may still be reading",
        limit=lambda _settings: _UNTIL_HEARD,
        ends="the client's end",
        makes_room_after=timedelta(),
    )
    GOODBYE = Row(
        holds="the objects of a websocket, of which one side has said goodbye",
        limit=lambda settings: settings.stalled_timeout,
        ends="the other side's goodbye",
        makes_room_after=_WHILE,
    )
    HEAD = Row(
        holds="its objects, and perhaps a part of a request's head",
        limit=lambda settings: settings.head_timeout,
        ends="the rest of the head, or a rest",
        makes_room_after=_MOMENT,
    )
    CLOSING = Row(
        holds="the last bytes that it is to send",
        limit=lambda settings: settings.stalled_timeout,
        ends="the client takes them",
        makes_room_after=_WHILE,
    )
    BODY = Row(
        holds="its objects and a handler; a part of the request's body is still to come",
        limit=lambda settings: settings.stalled_timeout,
        ends="more of the body",
        makes_room_after=_WHILE,
    )
    ANSWER = Row(
        holds="its objects and a handler",
        limit=lambda settings: settings.stalled_timeout,
        watched=Watched.BY_THE_KERNEL,
        ends="the handler, which answers",
        makes_room_after=None,
    )
    STREAM = Row(
        holds="its socket and the application's stream; where that is not parked, as in ANSWER",
        limit=lambda settings: settings.stalled_timeout,
        watched=Watched.BY_THE_KERNEL,
        ends="the application, or the client leaves",
        makes_room_after=None,
        lasts=True,
    )
    WEBSOCKET = Row(
        holds="its objects and a handler",
        limit=lambda settings: settings.stalled_timeout,
        watched=Watched.BY_THE_KERNEL,
        ends="the goodbye of either side",
        makes_room_after=None,
        lasts=True,
    )


# By these names, since an attribute of an enum is looked up at some cost before Python 3.12.
PARKED, AWAKE, LEAVING, GOODBYE, HEAD, CLOSING, BODY, ANSWER, STREAM, WEBSOCKET = State
