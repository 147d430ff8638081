"""Counts guesses before they are looked at, however many processes count at once."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from quart_app.accounts.guesses import LONGEST_MEMORY, Bucket
from quart_app.accounts.storage.tables import ATTEMPTS

# Built once, as what every sign-in asks of accounts.
_MAKE = {
    kind.dialect.name: kind.insert(ATTEMPTS).on_conflict_do_nothing()
    for kind in (postgresql, sqlite)
}
_LOCK = (
    select(ATTEMPTS)
    .where(ATTEMPTS.c.bucket.in_(bindparam("names", expanding=True)))
    .order_by(ATTEMPTS.c.bucket)
    .with_for_update()
)
_IN_ONE = update(ATTEMPTS).where(ATTEMPTS.c.bucket == bindparam("name"))
_SET = _IN_ONE.values(level=bindparam("level"), at=bindparam("at"))
_FORGET = _IN_ONE.values(level=0.0)
_GIVE_BACK = _IN_ONE.where(ATTEMPTS.c.level >= 1).values(level=ATTEMPTS.c.level - 1)


def count(
    connection: Connection, buckets: Collection[Bucket], *, now: float
) -> dict[Bucket, float]:
    """Count one guess in all of them, and return nothing; or count none, and return how many
    seconds are to pass before the next, by bucket."""
    found = _locked(connection, buckets, now=now)
    waits = {bucket: bucket.limit.wait(*found[bucket.name], now=now) for bucket in buckets}
    if held := {bucket: seconds for bucket, seconds in waits.items() if seconds > 0}:
        return held
    counted = []
    for bucket in buckets:
        level = bucket.limit.level_now(*found[bucket.name], now=now) + 1
        level = min(level, bucket.limit.highest)
        counted.append({"name": bucket.name, "level": level, "at": now})
    connection.execute(_SET, counted)
    return {}


def give_back(connection: Connection, bucket: Bucket) -> None:
    """Take back one guess that was counted, and no more."""
    connection.execute(_GIVE_BACK, {"name": bucket.name})


def forget(connection: Connection, name: str) -> None:
    """Take back all guesses of this bucket. Its row stays until it is swept: another transaction
    may be about to count in it."""
    connection.execute(_FORGET, {"name": name})


def forget_all(connection: Connection, *, beginning: str) -> None:
    """The same, of all buckets whose names begin like this."""
    whose = ATTEMPTS.c.bucket.startswith(beginning)
    connection.execute(update(ATTEMPTS).where(whose).values(level=0.0))


def sweep(connection: Connection, *, now: float, most: int) -> int:
    """Remove counts that mean nothing any more; returns how many."""
    old = (
        select(ATTEMPTS.c.bucket)
        .where(ATTEMPTS.c.at < now - LONGEST_MEMORY.total_seconds())
        .limit(most)
        .with_for_update(skip_locked=True)  # one that is being counted in is not old any more
    )
    return connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.bucket.in_(old))).rowcount


def _locked(
    connection: Connection, buckets: Collection[Bucket], *, now: float
) -> dict[str, tuple[float, float]]:
    """Their levels and times; until the end of the transaction nobody else counts in them."""
    names = sorted(bucket.name for bucket in buckets)  # in one order, so that none wait in a ring
    made = [{"bucket": name, "level": 0.0, "at": now} for name in names]
    while True:
        connection.execute(_MAKE[connection.dialect.name], made)
        rows = connection.execute(_LOCK, {"names": names})
        found = {row.bucket: (row.level, row.at) for row in rows}
        if len(found) == len(names):  # else one was swept in between
            return found
