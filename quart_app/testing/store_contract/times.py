"""When a session ends by itself, and what a clock that is wrong may not do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.record import Lifetime
from quart_app.testing.clock import FakeClock
from quart_app.testing.store_contract.samples import FIELDS, a_lifetime, a_record

WAYS_TO_LOOK: dict[str, Callable[[Store, str], Awaitable[object]]] = {
    "load": lambda store, key: store.load(key),
    "patch": lambda store, key: store.patch(key, set={"name": b"Eve"}),
    "touch": lambda store, key: store.touch(key, seen_at=store.clock()),
    "delete": lambda store, key: store.delete(key),
    "owned_by": lambda store, key: store.owned_by("ada"),
}


class SeenPromises:
    """Somebody came by: `touch`, and what it leaves alone."""

    async def test_a_touch_moves_seen_at_and_changes_nothing_else(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada", device="Firefox")
        await store.create(record)
        clock.advance(minutes=5)

        touched = await store.touch(record.key, seen_at=clock())

        assert touched == replace(record, seen_at=clock())
        assert await other_store.load(record.key) == touched

    async def test_seen_at_never_moves_back(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock)
        await store.create(record)
        await store.touch(record.key, seen_at=clock() + 60)

        touched = await other_store.touch(record.key, seen_at=clock() + 30)
        clock.advance(minutes=-4)
        patched = await store.patch(record.key)

        assert touched == replace(record, seen_at=record.seen_at + 60)
        assert patched == touched
        assert await other_store.load(record.key) == touched

    async def test_times_come_back_to_the_last_bit(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        clock.advance(seconds=0.1234567)
        lifetime = Lifetime(
            idle=timedelta(days=30, microseconds=1), ends_at=clock() + 1e7 / 3, permanent=True
        )
        record = replace(a_record(clock, lifetime=lifetime), created_at=clock() - 1 / 3)

        await store.create(record)
        seen_at = clock() + 1 / 7
        touched = await store.touch(record.key, seen_at=seen_at)

        assert touched == replace(record, seen_at=seen_at)
        assert await other_store.load(record.key) == touched

    @pytest.mark.parametrize("permanent", [True, False])
    async def test_whether_a_session_is_permanent_is_kept(
        self, store: Store, other_store: Store, clock: FakeClock, *, permanent: bool
    ) -> None:
        record = a_record(clock, lifetime=a_lifetime(clock, permanent=permanent))
        await store.create(record)

        patched = await store.patch(record.key, set=FIELDS)

        assert patched is not None
        assert patched.lifetime.permanent is permanent
        assert await other_store.load(record.key) == record


class ExpiryPromises:
    """The two clocks of a session."""

    kept_for: ClassVar[timedelta] = timedelta(0)

    async def test_a_session_ends_when_nobody_came_by_for_its_idle_time(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, lifetime=a_lifetime(clock, idle=timedelta(minutes=30)))
        await store.create(record)

        clock.advance(minutes=30, seconds=-1)
        assert await store.load(record.key) == record
        clock.advance(seconds=1)

        assert await other_store.load(record.key) is None
        assert await store.load(record.key) is None

    async def test_a_session_that_is_used_lasts_until_its_end_and_no_longer(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        lifetime = a_lifetime(clock, idle=timedelta(minutes=30), ends_after=timedelta(hours=2))
        record = a_record(clock, lifetime=lifetime)
        await store.create(record)

        for handle in (store, other_store) * 2:
            clock.advance(minutes=25)
            assert await handle.touch(record.key, seen_at=clock()) is not None
        clock.advance(minutes=19, seconds=59)
        assert await store.patch(record.key) is not None
        clock.advance(seconds=1)

        assert await other_store.load(record.key) is None

    @pytest.mark.parametrize("look", WAYS_TO_LOOK.values(), ids=WAYS_TO_LOOK)
    async def test_an_expired_session_is_gone_to_every_call(
        self,
        store: Store,
        clock: FakeClock,
        look: Callable[[Store, str], Awaitable[object]],
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)

        clock.advance(hours=1)

        assert not await look(store, record.key)
        assert await store.load(record.key) is None

    @pytest.mark.parametrize("look", WAYS_TO_LOOK)
    async def test_a_session_found_expired_is_found_again_by_a_mended_clock_only_where_it_is_kept(
        self, store: Store, other_store: Store, clock: FakeClock, look: str
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)
        await other_store.load(record.key)
        clock.advance(hours=1)
        await WAYS_TO_LOOK[look](store, record.key)

        clock.advance(hours=-1)

        is_kept = bool(self.kept_for) and look != "delete"
        assert await other_store.load(record.key) == (record if is_kept else None)
        assert len(await other_store.owned_by("ada")) == is_kept
        assert (await store.touch(record.key, seen_at=clock()) is not None) == is_kept

    async def test_a_new_lifetime_replaces_both_clocks(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)
        longer = a_lifetime(
            clock, idle=timedelta(days=3), ends_after=timedelta(days=9), permanent=True
        )

        patched = await store.patch(record.key, lifetime=longer)

        assert patched == replace(record, lifetime=longer)
        for _ in range(4):
            clock.advance(days=2)
            assert await other_store.patch(record.key, set={"name": b"Ada L."}) is not None
        assert [found.lifetime for found in await store.owned_by("ada")] == [longer]
        clock.advance(days=1)
        assert await other_store.load(record.key) is None

    async def test_a_shorter_lifetime_holds_at_once(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock)
        await store.create(record)
        await other_store.load(record.key)

        await store.patch(record.key, lifetime=a_lifetime(clock, idle=timedelta(minutes=5)))
        clock.advance(minutes=5)

        assert await other_store.load(record.key) is None


class SkewPromises:
    """Clocks of two machines differ a little, and one is set wrong now and then."""

    @pytest.mark.parametrize("minutes", [-5, 5])
    async def test_five_minutes_between_two_clocks_make_no_difference(
        self, store: Store, other_store: Store, clock: FakeClock, minutes: int
    ) -> None:
        clock.advance(minutes=minutes)
        record = a_record(clock, owner="ada")
        clock.advance(minutes=-minutes)

        await store.create(record)

        assert await other_store.load(record.key) == record
        assert await other_store.owned_by("ada") == [record]
        assert await store.touch(record.key, seen_at=clock()) == record.seen(clock())
        assert await other_store.delete(record.key) == record.seen(clock())

    async def test_a_record_from_far_in_the_future_is_dead(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)

        clock.advance(days=-3 * 365)

        assert await store.owned_by("ada") == []
        assert await store.patch(record.key, set=FIELDS) is None
        assert await other_store.load(record.key) is None
