"""What a record leaves behind when its session moves to another token, or ends; does no I/O.

A request that comes a moment later under the old token is neither signed in nor a stranger: by this
it is recognised, and what it changes finds its way.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from quart_app.sessions.stores.record import Record

KEPT = timedelta(minutes=2)
# How long after a move the old cookie is left alone: a browser that has sent the new one back can
# only have requests under way, but where the new one may have been lost, the old one must go.
LATE_IF_CAME_BACK = timedelta(minutes=1)
LATE_IF_NOT = timedelta(seconds=5)
LATE_AFTER_END = timedelta(seconds=10)


def _new_mark() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardingAddress:
    """Kept for two minutes under the old key."""

    left_at: float
    successor: str | None = None
    """The key under which the session goes on; `None` if it has ended."""
    changes_owner: bool = False
    """Whether the move was a sign-in or sign-out. Then no change follows it."""
    secret: bytes = b""
    """What a follower needs to seal a change for the successor; only the old token opens it."""
    mark: str = field(default_factory=_new_mark)
    """By this a caller who asks again, since no answer came, is known."""

    @property
    def within_sign_in(self) -> bool:
        """Whether the session goes on with the same owner, or the same visitor."""
        return self.successor is not None and not self.changes_owner

    def is_kept(self, now: float) -> bool:
        """Whether the two minutes are not over yet."""
        return abs(now - self.left_at) < KEPT.total_seconds()

    def is_recent(self, now: float, *, within: timedelta) -> bool:
        """Whether the session moved or ended only so long ago."""
        return now - self.left_at < within.total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """A record that is none any more: as it was at that moment, and where its session went."""

    record: Record
    address: ForwardingAddress

    @property
    def expires_at(self) -> float:
        """When nothing of it is kept any more."""
        return self.address.left_at + KEPT.total_seconds()

    def told_to(self, address: ForwardingAddress) -> Record | ForwardingAddress:
        """The answer to a caller that retires it again: the record if this one did so before."""
        return self.record if address.mark == self.address.mark else self.address
