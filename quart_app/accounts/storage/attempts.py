"""Counts guesses before they are looked at, however many processes count at once."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from quart_app.accounts.guesses import LONGEST_MEMORY, Bucket
from quart_app.accounts.storage.tables import ATTEMPTS


def count(
    connection: Connection, buckets: Collection[Bucket], *, now: float
) -> dict[Bucket, float]:
    """Count one guess in all of them, and return nothing; or count none, and return how many
    seconds are to pass before the next, by bucket."""
    found = _locked(connection, buckets, now=now)
    waits = {bucket: bucket.limit.wait(*found[bucket.name], now=now) for bucket in buckets}
    if held := {bucket: seconds for bucket, seconds in waits.items() if seconds > 0}:
        return held
    for bucket in buckets:
        level, at = found[bucket.name]
        counted = bucket.limit.level_now(level, at, now=now) + 1
        connection.execute(
            update(ATTEMPTS)
            .where(ATTEMPTS.c.bucket == bucket.name)
            .values(level=min(counted, bucket.limit.highest), at=now)
        )
    return {}


def give_back(connection: Connection, bucket: Bucket) -> None:
    """Take back one guess that was counted, and no more."""
    connection.execute(
        update(ATTEMPTS)
        .where(ATTEMPTS.c.bucket == bucket.name, ATTEMPTS.c.level >= 1)
        .values(level=ATTEMPTS.c.level - 1)
    )


def forget(connection: Connection, name: str) -> None:
    """Take back all guesses of this bucket. Its row stays until it is swept: another transaction
    may be about to count in it."""
    connection.execute(update(ATTEMPTS).where(ATTEMPTS.c.bucket == name).values(level=0.0))


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
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    names = sorted(bucket.name for bucket in buckets)  # in one order, so that none wait in a ring
    made = kind.insert(ATTEMPTS).values(
        [{"bucket": name, "level": 0.0, "at": now} for name in names]
    )
    query = (
        select(ATTEMPTS)
        .where(ATTEMPTS.c.bucket.in_(names))
        .order_by(ATTEMPTS.c.bucket)
        .with_for_update()
    )
    while True:
        connection.execute(made.on_conflict_do_nothing())
        found = {row.bucket: (row.level, row.at) for row in connection.execute(query)}
        if len(found) == len(names):  # else one was swept in between
            return found
