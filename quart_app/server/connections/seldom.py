"""A complaint that would fill the log if it were made each time."""

from __future__ import annotations

import logging
import time

SAID_AGAIN_AFTER_SECONDS = 60.0

log = logging.getLogger(__name__)


class Seldom:
    """Says the same at most once a minute, and how often there was reason to."""

    def __init__(self, message: str) -> None:
        self._message = message
        self._said_at = -SAID_AGAIN_AFTER_SECONDS
        self._times = 0

    def say(self, **fields: object) -> None:
        """Say it, unless it has been said just now."""
        self._times += 1
        now = time.monotonic()
        if now - self._said_at >= SAID_AGAIN_AFTER_SECONDS:
            log.warning(self._message, extra={**fields, "times": self._times})
            self._said_at, self._times = now, 0
