"""What a store keeps of a session, and when that is alive; knows nothing of how it is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

# Clocks of two machines differ, and one is set back now and then. Further than this ahead of us,
# a record comes from a clock that was wrong by hours or years, and is not believed.
CLOCK_SKEW = timedelta(minutes=10)
# A browser that keeps a cookie sends it back at once. What a flood of sign-ins leaves behind never
# comes back, and is gone by itself.
LONGEST_WAIT_FOR_COOKIE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """The two clocks of one session: how long it may rest, and when it ends in any case."""

    idle: timedelta
    ends_at: float
    permanent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One session as a store sees it: readable times, owner and device, and opaque fields."""

    key: str
    fields: Mapping[str, bytes]
    created_at: float
    seen_at: float
    lifetime: Lifetime
    owner: str | None = None
    device: str = ""
    awaits_cookie: bool = False
    """No request has brought this session's cookie back yet."""
    predecessor: str | None = None
    """While it awaits its cookie: the key that this session had before."""

    @property
    def size(self) -> int:
        """Of what its fields hold, in bytes."""
        return sum(map(len, self.fields.values()))

    @property
    def expires_at(self) -> float:
        """When the session ends if its browser does not come by any more."""
        idle = self.lifetime.idle
        if self.awaits_cookie:
            idle = min(idle, LONGEST_WAIT_FOR_COOKIE)
        return min(self.seen_at + idle.total_seconds(), self.lifetime.ends_at)

    def is_live(self, now: float) -> bool:
        """Whether the session still holds at this moment."""
        return self.created_at - CLOCK_SKEW.total_seconds() <= now < self.expires_at

    def seen(self, at: float) -> Record:
        """The same after its cookie came back; a clock set back does not shorten its life."""
        return replace(self, seen_at=max(self.seen_at, at), awaits_cookie=False, predecessor=None)

    def patched(
        self,
        at: float,
        *,
        set: Mapping[str, bytes],
        unset: Collection[str] = (),
        lifetime: Lifetime | None = None,
        since: Mapping[str, bytes] | None = None,
    ) -> Record:
        """The same after a request changed some of its fields and left the others alone. With
        `since`, fields that are no longer as they were there are left alone too, and if there is
        such a one, so is the lifetime."""
        fields = dict(self.fields)
        for name in (*unset, *set):
            if since is not None and self.fields.get(name) != since.get(name):
                lifetime = None
            elif name in set:
                fields[name] = set[name]
            else:
                fields.pop(name, None)
        return replace(
            self,
            fields=fields,
            seen_at=max(self.seen_at, at),
            lifetime=lifetime or self.lifetime,
        )


def oldest_first(records: Iterable[Record]) -> list[Record]:
    """The order of a listing; the same each time, also for sessions of one moment."""
    return sorted(records, key=lambda record: (record.created_at, record.key))
