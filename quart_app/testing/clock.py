"""A clock that a test turns by hand."""

from __future__ import annotations

from datetime import timedelta


class FakeClock:
    """Stands still until it is advanced. Call it for the time, as `time.time` is called."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now

    def __call__(self) -> float:
        return self._now

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Turn the clock; negative amounts turn it back."""
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self._now += step.total_seconds()
