"""Sweeping, checking, closing, and another event loop."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import cycle
from typing import ClassVar

import pytest

from quart_app.sessions.stores.base import Store, Swept
from quart_app.sessions.stores.record import Record
from quart_app.testing.clock import FakeClock
from quart_app.testing.store_contract.samples import a_lifetime, a_record, keep

MOST_STEPS = 10_000


async def sweep_round(*handles: Store, budget: int) -> list[Swept]:
    """Sweep until the store says that it came round, and not for ever."""
    steps: list[Swept] = []
    for handle in cycle(handles):
        steps.append(await handle.sweep(budget=budget))
        if steps[-1].finished:
            return steps
        assert len(steps) < MOST_STEPS, "sweep never says that it has finished"
    return steps


class SweepPromises:
    """Expired records go away though nobody asks for them."""

    #: True for a store that drops expired records without being swept.
    forgets_by_itself: ClassVar[bool] = False
    #: For how long after its life a record is kept, so that a clock that is mended finds it again.
    kept_for: ClassVar[timedelta] = timedelta(0)

    async def test_a_sweep_removes_what_has_expired_and_spares_what_lives(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        expired = await keep(store, clock, [f"old {n}" for n in range(20)], owner="ada")
        clock.advance(minutes=31, seconds=self.kept_for.total_seconds())
        live = await keep(store, clock, [f"new {n}" for n in range(10)], owner="ada")

        steps = await sweep_round(store, budget=1_000)

        removed = sum(step.removed for step in steps)
        assert removed == (0 if self.forgets_by_itself else len(expired))
        for record in live:
            assert await other_store.load(record.key) == record
        assert len(await store.owned_by("ada")) == len(live)
        if not self.forgets_by_itself:
            # With the clock set back, only what is really gone is still gone.
            clock.advance(minutes=-31, seconds=-self.kept_for.total_seconds())
            assert await other_store.owned_by("ada") == []
            for record in expired:
                assert await other_store.load(record.key) is None

    async def test_a_sweep_goes_on_where_it_stopped_and_never_beyond_its_budget(
        self, store: Store, clock: FakeClock
    ) -> None:
        await keep(store, clock, [f"old {n}" for n in range(20)])
        clock.advance(minutes=31, seconds=self.kept_for.total_seconds())
        await keep(store, clock, [f"new {n}" for n in range(10)], owner="ada")

        first_round = await sweep_round(store, budget=3)
        second_round = await sweep_round(store, budget=3)

        for step in first_round + second_round:
            assert 0 <= step.removed <= step.examined <= 3
        assert sum(step.removed for step in second_round) == 0
        assert len(await store.owned_by("ada")) == 10
        if not self.forgets_by_itself:
            assert sum(step.removed for step in first_round) == 20
            assert sum(step.examined for step in first_round) >= 30

    async def test_a_store_with_nothing_in_it_is_swept_at_once(self, store: Store) -> None:
        assert await sweep_round(store, budget=1_000)
        assert await sweep_round(store, budget=1)

    async def test_a_sweep_spares_a_session_whose_life_was_prolonged(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        touched, patched, longer = await keep(store, clock, ["touched", "patched", "longer"])
        clock.advance(minutes=20)
        await other_store.touch(touched.key, seen_at=clock())
        await other_store.patch(patched.key, set={"name": b"Ada L."})
        lifetime = a_lifetime(clock, idle=timedelta(days=3), ends_after=timedelta(days=9))
        await other_store.patch(longer.key, lifetime=lifetime)
        clock.advance(minutes=29)

        await sweep_round(store, other_store, budget=2)

        for record in (touched, patched, longer):
            assert await store.load(record.key) is not None

    async def test_sweeping_at_the_same_time_as_everything_else_loses_nothing_that_lives(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        expired = await keep(store, clock, [f"old {n}" for n in range(20)], owner="ada")
        clock.advance(minutes=31)
        used = a_record(clock, "used", fields={}, owner="ada")
        await store.create(used)
        created = [a_record(clock, f"new {n}", owner="ada") for n in range(20)]

        await asyncio.gather(
            *(store.create(record) for record in created),
            sweep_round(store, budget=7),
            *(other_store.patch(used.key, set={f"f{n}": b"x"}) for n in range(20)),
            sweep_round(other_store, budget=5),
            *(store.load(record.key) for record in expired),
        )

        loaded = await store.load(used.key)
        assert loaded is not None
        assert loaded.fields == {f"f{n}": b"x" for n in range(20)}
        assert len(await other_store.owned_by("ada")) == 21


class ClosePromises:
    """A store opens itself when it is first asked, as often as it is closed."""

    async def test_a_healthy_store_passes_its_check(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")

        await store.check()
        await store.create(record)
        await other_store.check()

        assert await store.load(record.key) == record
        assert await store.owned_by("ada") == [record]

    async def test_close_is_idempotent_and_the_next_call_opens_the_store_again(
        self, store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.close()
        await store.create(record)

        for _ in range(3):
            await store.close()
            await store.close()

            assert await store.load(record.key) == record
            assert await store.owned_by("ada") == [record]
        assert await store.patch(record.key) == record

    async def test_closing_one_handle_leaves_the_other_open(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock)
        await store.create(record)
        await other_store.load(record.key)

        await other_store.close()

        assert await store.load(record.key) == record

    @pytest.mark.parametrize("closed", [True, False], ids=["closed", "left open"])
    def test_a_store_serves_in_whatever_event_loop_it_is_called(
        self, store: Store, clock: FakeClock, *, closed: bool
    ) -> None:
        record = a_record(clock, owner="ada")

        async def sign_in() -> None:
            await store.create(record)
            if closed:
                await store.close()

        async def sign_out() -> tuple[list[Record], Record | None]:
            answers = await store.owned_by("ada"), await store.delete(record.key)
            await store.close()
            return answers

        asyncio.run(sign_in())

        assert asyncio.run(sign_out()) == ([record], record)
