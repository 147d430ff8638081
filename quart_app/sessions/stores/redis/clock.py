"""The time by which sessions in Redis live and end: that of Redis, which all machines share; does
no I/O."""

from __future__ import annotations

import time
from datetime import timedelta

from quart_app.sessions.stores.base import Clock

ASK_AGAIN_AFTER = timedelta(minutes=1).total_seconds()
# Less than this between two clocks makes no difference to a session.
TOLERATED = timedelta(minutes=1).total_seconds()
STEP = timedelta(seconds=1).total_seconds()


class SharedClock:
    """A machine's own clock, put right by whole seconds where it disagrees with that of Redis.

    What Redis said last is carried on by the monotonic clock: a clock that is set wrong while the
    machine runs moves nothing. A clock that a test turns is believed as it is.
    """

    def __init__(self, clock: Clock) -> None:
        self._own = clock
        self._is_turned = clock is not time.time
        self._ahead = 0
        self._redis_began: float | None = None
        self._asked_at = 0.0
        self._own_began = 0.0

    def __call__(self) -> float:
        """The time that all machines agree on."""
        own = self._own()
        if self._redis_began is not None:
            ahead = own - self._redis_began - time.monotonic()
            if abs(ahead - self._ahead) >= TOLERATED:
                self._ahead = round(ahead)
        return own - self._ahead

    @property
    def turned_by(self) -> float:
        """How far a test has turned the time; scripts add it to that of Redis."""
        return self._own() - time.time() if self._is_turned else 0.0

    @property
    def seconds_ahead(self) -> int:
        """How wrong this machine's clock is; 0 if that makes no difference."""
        self()
        return self._ahead

    def is_due(self) -> bool:
        """Whether Redis is to be asked for its time: at first, each minute, and when this clock
        was set."""
        if self._is_turned or self._redis_began is None:
            return not self._is_turned
        now = time.monotonic()
        step = self._own() - now - self._own_began
        return now - self._asked_at > ASK_AGAIN_AFTER or abs(step) > STEP

    def ask(self) -> float:
        """To be called when Redis is asked, so that no other task asks too. Returns the moment."""
        self._asked_at = time.monotonic()
        self._own_began = self._own() - self._asked_at
        return self._asked_at

    def learn(self, redis_seconds: float, *, asked_at: float) -> None:
        """What Redis answered. It read its clock halfway between question and answer."""
        self._redis_began = redis_seconds - (asked_at + time.monotonic()) / 2
