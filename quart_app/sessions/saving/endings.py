"""Who is told when sessions end, or go on under another key."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum

from quart_app.sessions.stores.record import Record

log = logging.getLogger(__name__)


class Ending(StrEnum):
    """Why the session of an owner ended."""

    SIGNED_OUT = "signed out"
    SIGNED_IN_ANEW = "signed in anew"
    """Another owner signed in in the same browser."""
    ELSEWHERE = "ended from elsewhere"
    """By the owner in another browser, by the application, or by its operator."""
    TOO_MANY = "too many"
    """The owner had more than SESSIONS_PER_OWNER."""
    TAKEN_BACK = "taken back"
    """The application did not let the sign-in stand."""


# It is given the keys of sessions that may have ended, or moved, just now; what of it is true, the
# store knows.
Listener = Callable[[tuple[str, ...]], None]
# It is given the record, as it was, of an owner's session that has ended in the store by this very
# call: each is told once, in the process that ended it.
Witness = Callable[[Record, Ending], None]


class Endings:
    """Told of every session that ends or moves by a request or a call to the interface; not of one
    that expires. Listeners do not await, and where one fails the others are still told."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._witnesses: list[Witness] = []

    def subscribe(self, listener: Listener) -> None:
        """Have it called from now on."""
        self._listeners.append(listener)

    def unsubscribe(self, listener: Listener) -> None:
        """Have it called no longer."""
        self._listeners.remove(listener)

    def have_witnessed(self, witness: Witness) -> None:
        """Have it called from now on."""
        self._witnesses.append(witness)

    def tell(self, *keys: str) -> None:
        """Tell all listeners that these have ended, or moved to other keys."""
        if not keys:
            return
        for listener in tuple(self._listeners):
            try:
                listener(keys)
            except Exception:
                log.exception("not told that a session ended")

    def ended(self, record: Record, ending: Ending) -> None:
        """Tell all witnesses that this one has ended, if it had an owner."""
        for witness in tuple(self._witnesses) if record.owner is not None else ():
            try:
                witness(record, ending)
            except Exception:
                log.exception("not told why a session ended")
