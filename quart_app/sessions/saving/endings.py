"""Who is told when sessions end, or go on under another key."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


# It is given the keys of sessions that may have ended, or moved, just now; what of it is true, the
# store knows.
Listener = Callable[[tuple[str, ...]], None]


class Endings:
    """Told of every session that ends or moves by a request or a call to the interface; not of one
    that expires. Listeners do not await, and where one fails the others are still told."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        """Have it called from now on."""
        self._listeners.append(listener)

    def unsubscribe(self, listener: Listener) -> None:
        """Have it called no longer."""
        self._listeners.remove(listener)

    def tell(self, *keys: str) -> None:
        """Tell all listeners that these have ended, or moved to other keys."""
        if not keys:
            return
        for listener in tuple(self._listeners):
            try:
                listener(keys)
            except Exception:
                log.exception("not told that a session ended")
