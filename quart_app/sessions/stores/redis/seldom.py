"""Warnings that come by the hundred when Redis restarts: one of a kind in a minute."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from quart_app.sessions.stores.base import Clock

QUIET = timedelta(minutes=1)


class Seldom:
    """A logger for trouble that repeats itself."""

    def __init__(self, log: logging.Logger, *, clock: Clock = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._quiet_until: dict[str, float] = {}

    def warning(self, message: str, *args: object, extra: dict[str, object]) -> None:
        """Log it, unless the same message, whatever its arguments, was logged a moment ago."""
        now = self._clock()
        if now < self._quiet_until.get(message, 0.0):
            return
        self._quiet_until[message] = now + QUIET.total_seconds()
        self._log.warning(message, *args, extra=extra)
