"""Who is told when sessions end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """The keys of sessions that may have ended just now; whether they have, the store knows."""

    keys: tuple[str, ...]
    has_moved: bool = False
    """The browser has another session instead, of which the answer under way is to tell it."""


Listener = Callable[[Ended], None]


class Endings:
    """Told of every session that ends by a request or a call to the interface; not of those that
    expire. Listeners do not await, and what goes wrong in one is nobody else's trouble."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        """Have it called from now on."""
        self._listeners.append(listener)

    def unsubscribe(self, listener: Listener) -> None:
        """Have it called no longer."""
        self._listeners.remove(listener)

    def tell(self, *keys: str, has_moved: bool = False) -> None:
        """These have ended."""
        if not keys:
            return
        for listener in tuple(self._listeners):
            try:
                listener(Ended(keys, has_moved))
            except Exception:
                log.exception("not told that a session ended")
