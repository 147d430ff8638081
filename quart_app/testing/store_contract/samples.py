"""Records to put into a store, each named by the test that needs it, and callers to race."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from itertools import cycle, islice
from types import MappingProxyType

import pytest

from quart_app.sessions.stores.base import Clock, Store
from quart_app.sessions.stores.record import Lifetime, Record

IDLE = timedelta(minutes=30)
ENDS_AFTER = timedelta(hours=12)
FIELDS: Mapping[str, bytes] = MappingProxyType({"name": b"Ada", "basket": b"[1, 2]"})


def key_of(name: str) -> str:
    """A key in the shape of a real one, the same for the same name."""
    return sha256(name.encode()).hexdigest()


def a_lifetime(
    clock: Clock,
    *,
    idle: timedelta = IDLE,
    ends_after: timedelta = ENDS_AFTER,
    permanent: bool = False,
) -> Lifetime:
    """Counted from now."""
    return Lifetime(idle=idle, ends_at=clock() + ends_after.total_seconds(), permanent=permanent)


def a_record(
    clock: Clock,
    name: str = "laptop",
    *,
    fields: Mapping[str, bytes] = FIELDS,
    lifetime: Lifetime | None = None,
    owner: str | None = None,
    device: str = "",
) -> Record:
    """A record created now; nobody's, unless an owner is given."""
    return Record(
        key=key_of(name),
        fields=fields,
        created_at=clock(),
        seen_at=clock(),
        lifetime=lifetime or a_lifetime(clock),
        owner=owner,
        device=device,
    )


async def keep(
    store: Store, clock: Clock, names: list[str], *, owner: str | None = None
) -> list[Record]:
    """Create one record for each name."""
    records = [a_record(clock, name, owner=owner) for name in names]
    for record in records:
        await store.create(record)
    return records


async def listed(store: Store, owner: str) -> list[str]:
    """The keys of this owner's sessions in the order of the store."""
    return [record.key for record in await store.owned_by(owner)]


class Callers:
    """Where those come from who are at a store at the same time."""

    @pytest.fixture
    def callers(self, store: Store, other_store: Store) -> list[Store]:
        """A hundred, who take turns at the two handles."""
        return list(islice(cycle((store, other_store)), 100))
