"""Remembers for moments who has to wait, so that a flood of guesses is refused without being
written down, and mostly without asking the database."""

from __future__ import annotations

from collections import OrderedDict

MOST = 10_000
# Not longer: another worker may have ended the pause.
BELIEVED_SECONDS = 2.0


class Refusals:
    """Of one process."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.count = 0
        """How many guesses were refused from here."""

    def remember(self, who: str, *, seconds: float, now: float) -> None:
        """That this one has to wait so long; of too many, the oldest is forgotten."""
        self._until.pop(who, None)
        self._until[who] = now + seconds, now + min(seconds, BELIEVED_SECONDS)
        while len(self._until) > MOST:
            self._until.popitem(last=False)

    def wait(self, *whos: str, now: float) -> float:
        """How many seconds one of these has to wait yet, as far as is remembered here."""
        seconds = max(self._wait(who, now=now) for who in whos)
        self.count += seconds > 0
        return seconds

    def _wait(self, who: str, *, now: float) -> float:
        until, believed = self._until.get(who, (0.0, 0.0))
        # A clock that was turned back must not make it last.
        if now >= believed or now < believed - BELIEVED_SECONDS:
            return 0.0
        return until - now
