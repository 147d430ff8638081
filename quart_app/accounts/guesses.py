"""How many guesses at a secret are free, and how long the pauses after them are. Pure; the counts
are kept by `storage/attempts.py`."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, exp2, log2

LONGEST_PAUSE = timedelta(minutes=5)
# Names that do not exist share so many counts, so that invented ones fill nothing.
NOBODYS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Some free guesses, and pauses after them, each twice as long as the last."""

    free: int
    forgotten: timedelta
    """How long until one guess is forgotten."""

    def level_now(self, level: float, at: float, *, now: float) -> float:
        """What is left of a level that was so high at that time."""
        return max(0.0, level - max(0.0, now - at) / self.forgotten.total_seconds())

    def wait(self, level: float, at: float, *, now: float) -> float:
        """How many seconds until the next guess; never more than the longest pause, whatever
        another machine's clock says."""
        over = self.level_now(level, at, now=now) - self.free
        # One more stays within what is free. Not `over < 0`: the first free one fades at once, and
        # whoever takes a moment for each would get another.
        if over <= -1:
            return 0.0
        pause = min(exp2(over), LONGEST_PAUSE.total_seconds())
        return max(0.0, min(at, now) + pause - now)

    @property
    def highest(self) -> float:
        """Where pauses are at their longest; what is forgotten counts from there."""
        return self.free + ceil(log2(LONGEST_PAUSE.total_seconds()))


BY_ACCOUNT = Limit(free=5, forgotten=timedelta(minutes=10))
BY_DEVICE = Limit(free=10, forgotten=timedelta(minutes=10))
# A school's or an office's people all come from one.
BY_NETWORK = Limit(free=50, forgotten=timedelta(minutes=1))
LONGEST_MEMORY = max(
    limit.forgotten * limit.highest for limit in (BY_ACCOUNT, BY_DEVICE, BY_NETWORK)
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where guesses are counted together."""

    name: str
    limit: Limit


def of_account(account_id: str) -> Bucket:
    """Of all strangers who try an account."""
    return Bucket(f"account:{account_id}", BY_ACCOUNT)


def of_nobody(name: str, *, key: bytes) -> Bucket:
    """Of those who try names that do not exist; which share one, only the key tells."""
    number = int.from_bytes(hmac.digest(key, name.encode("utf-8", "surrogatepass"), "sha256")[:8])
    return Bucket(f"nobody:{number % NOBODYS}", BY_ACCOUNT)


def of_network(network: str) -> Bucket:
    """Of all strangers from one network."""
    return Bucket(f"network:{network}", BY_NETWORK)


def of_device(account_id: str, *, device: str) -> Bucket:
    """Of one browser that has signed in to the account before."""
    return Bucket(f"device:{account_id}:{device}", BY_DEVICE)


def of_devices(account_id: str) -> str:
    """How the names of all those of an account begin."""
    return f"device:{account_id}:"
