"""The limits that the settings put on every session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


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
