"""Clients that leave, in every way and at every moment."""

from __future__ import annotations

from collections.abc import Iterator

from tests.server.exchanges.exchange import (
    ANSWER,
    END_OF_SENDING,
    LEAVE,
    RESET,
    Exchange,
    Step,
    Until,
    exchange,
)
from tests.server.exchanges.requests import GET, LAST, POST, WAITS, asking

REST_SECONDS = 2.2  # longer than any server waits before it parks a connection

_MOMENTS: dict[str, tuple[Step, ...]] = {
    "with nothing sent": (),
    "after a line's end": (b"\r\n",),
    "within a head": (GET[:20],),
    "within a body": (POST[:-4],),
    "when told to continue": (WAITS, ANSWER),
    "after an answer": (GET, ANSWER),
    "after many": (GET * 20, *(ANSWER,) * 20),
    "after an answer, within a head": (GET, ANSWER, GET[:20]),
    "after a request": (GET,),
    "after a slow request": (asking("/slow"),),
    "after requests": (GET + asking("/slow") + POST,),
    "before all of a large answer": (asking("/large"), Until(b"large")),
    "within a stream": (asking("/pieces"), Until(b"piece 1")),
    "when asked to": (LAST, ANSWER),
}
# Whether the server sees the end with what came before it, or later, is a matter of luck, and where
# that was half a request hypercorn answers the one with 400 and not the other.
_HALF = {"within a head", "within a body", "after an answer, within a head"}


def all_of_them() -> Iterator[Exchange]:
    for name, steps in _MOMENTS.items():
        for rest in (0.0, REST_SECONDS):
            moment = f"{name}, {rest} seconds"
            yield exchange(f"leaves {moment}", *steps, rest, LEAVE)
            yield exchange(f"resets {moment}", *steps, rest, RESET)
            if rest or name not in _HALF:
                ends = (*steps, rest, END_OF_SENDING)
                yield exchange(f"stops sending {moment}", *ends, hypercorn_waits=True)
    early = asking("/early-and-then", "Content-Length: 9", method="POST"), b"half", Until(b"early")
    yield exchange("stops within a body, answered", *early, END_OF_SENDING, hypercorn_waits=True)
    yield exchange("nothing sent")


def heard() -> Iterator[Exchange]:
    """The application hears that these have left, each under its name."""
    for when, rest in {"at-once": 0.0, "later": REST_SECONDS}.items():
        for how in (LEAVE, RESET, END_OF_SENDING):
            for what, before in {"first": (), "again": (GET, ANSWER, REST_SECONDS)}.items():
                name = f"{when}-{how.name.lower()}-{what}"
                asks = asking(f"/hears?{name}"), Until(b"listening"), rest
                waits = how is END_OF_SENDING
                yield exchange(name, *before, *asks, how, hypercorn_waits=waits)
