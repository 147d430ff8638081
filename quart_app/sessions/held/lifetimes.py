"""How long a session lives: what the settings say, and what its handler has said instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from quart_app.sessions.stores.record import Lifetime, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The clocks of both kinds of session, and which entries say who is signed in."""

    idle: timedelta
    absolute: timedelta
    permanent_idle: timedelta
    permanent_absolute: timedelta
    renews_when_read: bool
    owner_keys: tuple[str, ...]
    owner_is_guessed: bool = False
    """Whether those are the usual ones, since the application has not said which."""
    sessions_per_owner: int | None = None

    def of(self, *, permanent: bool) -> tuple[timedelta, timedelta]:
        """The idle and the absolute lifetime of one kind."""
        if permanent:
            return self.permanent_idle, self.permanent_absolute
        return self.idle, self.absolute


def positive(value: timedelta) -> timedelta:
    """The lifetime, if it can be one. Raises `ValueError`."""
    if value <= timedelta():
        raise ValueError(f"a lifetime is a positive timedelta, not {value!r}")
    return value


class Clocks:
    """The two clocks of one session while a handler holds it."""

    def __init__(self, limits: Limits, *, permanent: bool, record: Record | None) -> None:
        self._limits = limits
        self.permanent = permanent if record is None else record.lifetime.permanent
        self._permanent_for_next_owner = permanent
        self.idle: timedelta | None = None
        self.absolute: timedelta | None = None

    def turn_permanent(self, value: bool) -> None:
        """The handler has said whether the session is permanent."""
        self.permanent = self._permanent_for_next_owner = value

    def turn_idle(self, value: timedelta | None) -> None:
        """The handler has said how long it may rest; with `None`, as the settings have it. Raises
        `ValueError`."""
        usual, _ = self._limits.of(permanent=self.permanent)
        self.idle = usual if value is None else positive(value)

    def turn_absolute(self, value: timedelta | None) -> None:
        """The same for when it ends in any case."""
        _, usual = self._limits.of(permanent=self.permanent)
        self.absolute = usual if value is None else positive(value)

    def left_by_owner(self) -> None:
        """The next owner has not asked to be remembered for as long."""
        self.permanent = self._permanent_for_next_owner

    def settled(self) -> None:
        """What the handler said is part of the record now."""
        self.idle = self.absolute = None

    def are_turned(self, record: Record) -> bool:
        """Whether the handler wants them otherwise than the record has them."""
        is_overridden = self.idle is not None or self.absolute is not None
        return is_overridden or self.permanent != record.lifetime.permanent

    def of(self, record: Record | None, *, now: float) -> Lifetime:
        """The clocks as the handler left them."""
        started_at = now if record is None else record.created_at
        if record is not None and record.lifetime.permanent == self.permanent:
            return self._overridden(record.lifetime.idle, record.lifetime.ends_at, started_at)
        idle, absolute = self._limits.of(permanent=self.permanent)
        return self._overridden(idle, started_at + absolute.total_seconds(), started_at)

    def restarted(self, record: Record | None, *, now: float, same_owner: bool) -> Lifetime:
        """The clocks of a new record, which begins now; as long as the old one's, if that had the
        same owner."""
        idle, absolute = self._limits.of(permanent=self.permanent)
        ends_at = now + absolute.total_seconds()
        if same_owner and record is not None and record.lifetime.permanent == self.permanent:
            idle, ends_at = record.lifetime.idle, now + record.lifetime.ends_at - record.created_at
        return self._overridden(idle, ends_at, now)

    def _overridden(self, idle: timedelta, ends_at: float, started_at: float) -> Lifetime:
        if self.absolute is not None:
            ends_at = started_at + self.absolute.total_seconds()
        return Lifetime(idle=self.idle or idle, ends_at=ends_at, permanent=self.permanent)
