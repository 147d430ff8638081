"""What holds when many are at the same records at the same moment, through two handles."""

from __future__ import annotations

import asyncio
from itertools import chain

from quart_app.errors import KeyTaken
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.record import Record
from quart_app.testing.clock import FakeClock
from quart_app.testing.store_contract.samples import Callers, a_record, keep


class WriteRaces(Callers):
    """Creating, patching and touching at the same time."""

    async def test_of_many_who_create_the_same_key_exactly_one_succeeds(
        self, store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        records = [a_record(clock, fields={"mine": str(n).encode()}) for n in range(50)]

        answers = await asyncio.gather(
            *(caller.create(record) for caller, record in zip(callers, records, strict=False)),
            return_exceptions=True,
        )

        (winner,) = (n for n, answer in enumerate(answers) if answer is None)
        assert [type(answer) for answer in answers if answer is not None] == [KeyTaken] * 49
        assert await store.load(records[0].key) == records[winner]

    async def test_a_hundred_patches_of_different_fields_all_survive(
        self, store: Store, other_store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)

        answers = await asyncio.gather(
            *(
                caller.patch(record.key, set={f"f{n}": b"%d" % n})
                for n, caller in enumerate(callers)
            )
        )

        for n, answer in enumerate(answers):
            assert answer is not None
            assert answer.fields[f"f{n}"] == b"%d" % n
        loaded = await other_store.load(record.key)
        assert loaded is not None
        assert loaded.fields == {**record.fields, **{f"f{n}": b"%d" % n for n in range(100)}}
        assert await store.load(record.key) == loaded
        assert await store.owned_by("ada") == [loaded]

    async def test_patches_that_set_and_unset_at_the_same_time_all_take_effect(
        self, store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        record = a_record(clock, fields={f"old{n}": b"x" * 500 for n in range(50)})
        await store.create(record)

        await asyncio.gather(
            *(
                caller.patch(record.key, set={f"new{n}": b"y"}, unset=[f"old{n}"])
                for n, caller in enumerate(callers[:50])
            )
        )

        loaded = await store.load(record.key)
        assert loaded is not None
        assert loaded.fields == {f"new{n}": b"y" for n in range(50)}

    async def test_touches_lose_no_patch(
        self, store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        record = a_record(clock, fields={})
        await store.create(record)

        await asyncio.gather(
            *chain.from_iterable(
                (
                    caller.touch(record.key, seen_at=clock() + n),
                    caller.patch(record.key, set={f"f{n}": b"x"}),
                )
                for n, caller in enumerate(callers)
            )
        )

        loaded = await store.load(record.key)
        assert loaded is not None
        assert loaded.fields == {f"f{n}": b"x" for n in range(100)}
        assert loaded.seen_at == clock() + 99

    async def test_nobody_ever_sees_half_a_patch(
        self, store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        names = [f"f{n}" for n in range(20)]
        record = a_record(clock, fields=dict.fromkeys(names, b"start"))
        await store.create(record)
        values = [b"%d " % n * (1 + n * n % 700) for n in range(50)]

        answers = await asyncio.gather(
            *chain.from_iterable(
                (caller.patch(record.key, set=dict.fromkeys(names, value)), caller.load(record.key))
                for caller, value in zip(callers, values, strict=False)
            )
        )

        for answer in (*answers, await store.load(record.key)):
            assert answer is not None
            assert answer.fields.keys() == set(names)
            assert len(set(answer.fields.values())) == 1

    async def test_calls_that_were_cancelled_leave_a_record_that_is_whole(
        self, store: Store, other_store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        record, bystander = await keep(store, clock, ["laptop", "phone"])
        calls = [
            asyncio.create_task(caller.patch(record.key, set={f"f{n}": b"x" * 3_000}))
            for n, caller in enumerate(callers)
        ]
        await asyncio.sleep(0)
        for call in calls[::2]:
            call.cancel()

        answers = await asyncio.gather(*calls, return_exceptions=True)

        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        acknowledged = {f"f{n}" for n, answer in enumerate(answers) if isinstance(answer, Record)}
        loaded = await other_store.load(record.key)
        assert loaded is not None
        assert loaded.fields.keys() - record.fields.keys() >= acknowledged
        assert set(loaded.fields.values()) == {b"x" * 3_000, *record.fields.values()}
        # A connection that was left in the middle must not hand its answer to the next caller.
        for handle in (store, other_store):
            assert await handle.load(bystander.key) == bystander
        assert await store.delete(record.key) is not None
        assert await other_store.load(record.key) is None
