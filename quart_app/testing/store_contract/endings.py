"""Ending sessions while they are in use: the sign-out that has to hold."""

from __future__ import annotations

import asyncio
from itertools import chain

import pytest

from quart_app.sessions.stores.base import Store
from quart_app.testing.clock import FakeClock
from quart_app.testing.store_contract.samples import Callers, a_record, keep, key_of, listed


class EndRaces(Callers):
    """Ending a session while it is in use: the sign-out that has to hold."""

    @pytest.mark.parametrize("place", [0, 1, 7, 20, 33, 50, 77, 99])
    async def test_delete_returns_every_acknowledged_patch_and_no_refused_one(
        self, store: Store, other_store: Store, callers: list[Store], clock: FakeClock, place: int
    ) -> None:
        record = a_record(clock, fields={}, owner="ada")
        await store.create(record)
        calls = [
            caller.patch(record.key, set={f"f{n}": b"%d" % n}) for n, caller in enumerate(callers)
        ]
        calls.insert(place, store.delete(record.key))

        answers = await asyncio.gather(*calls)

        ended = answers.pop(place)
        assert ended is not None
        assert ended.fields == {
            f"f{n}": b"%d" % n for n, answer in enumerate(answers) if answer is not None
        }
        for handle in (store, other_store):
            assert await handle.load(record.key) is None
            assert await handle.owned_by("ada") == []

    async def test_of_many_who_delete_a_session_exactly_one_gets_the_record(
        self, store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)

        answers = await asyncio.gather(*(caller.delete(record.key) for caller in callers))

        assert [answer for answer in answers if answer is not None] == [record]
        assert await store.load(record.key) is None

    async def test_a_patch_that_starts_after_the_sign_out_is_refused(
        self, store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        record = a_record(clock, fields={})
        await store.create(record)
        early = [
            asyncio.create_task(caller.patch(record.key, set={f"f{n}": b"x"}))
            for n, caller in enumerate(callers)
        ]
        await asyncio.sleep(0)

        await store.delete(record.key)
        late = await asyncio.gather(
            *(caller.patch(record.key, set={"late": b"x"}) for caller in callers[:10]),
            *(caller.touch(record.key, seen_at=clock()) for caller in callers[:10]),
        )
        await asyncio.gather(*early)

        assert late == [None] * 20
        assert await store.load(record.key) is None

    async def test_a_touch_does_not_bring_back_what_is_deleted_at_the_same_time(
        self, store: Store, other_store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        records = await keep(store, clock, [f"device {n}" for n in range(20)], owner="ada")

        await asyncio.gather(
            *chain.from_iterable(
                (
                    caller.touch(record.key, seen_at=clock() + 1),
                    caller.delete(record.key),
                    caller.touch(record.key, seen_at=clock() + 2),
                )
                for caller, record in zip(callers[::2], records, strict=False)
            )
        )

        assert await store.owned_by("ada") == []
        assert await other_store.owned_by("ada") == []
        for record in records:
            assert await other_store.load(record.key) is None


class OwnerRaces(Callers):
    """Signing in and out in many places at the same time."""

    async def test_sign_ins_at_the_same_time_are_all_listed(
        self, store: Store, other_store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        records = [a_record(clock, f"device {n}", owner="ada") for n in range(50)]

        await asyncio.gather(
            *(caller.create(record) for caller, record in zip(callers, records, strict=False))
        )

        keys = sorted(record.key for record in records)
        assert sorted(await listed(store, "ada")) == keys
        assert sorted(await listed(other_store, "ada")) == keys

    async def test_a_session_is_listed_before_create_returns_and_not_after_delete_did(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        async def come_and_go(name: str, here: Store, there: Store) -> tuple[bool, bool]:
            record = a_record(clock, name, owner="ada")
            await here.create(record)
            after_create = record.key in await listed(there, "ada")
            await here.delete(record.key)
            return after_create, record.key in await listed(there, "ada")

        answers = await asyncio.gather(
            *(come_and_go(f"a {n}", store, other_store) for n in range(15)),
            *(come_and_go(f"b {n}", other_store, store) for n in range(15)),
        )

        assert set(answers) == {(True, False)}
        assert await store.owned_by("ada") == []

    async def test_signing_out_everywhere_ends_what_existed_while_others_sign_in(
        self, store: Store, other_store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        before = await keep(store, clock, [f"before {n}" for n in range(10)], owner="ada")
        during = [a_record(clock, f"during {n}", owner="ada") for n in range(20)]
        creates = [caller.create(new) for caller, new in zip(callers, during, strict=False)]

        ending = asyncio.create_task(other_store.delete_owned_by("ada"))
        await asyncio.gather(ending, *creates)

        ended = {record.key for record in ending.result()}
        assert ended >= {record.key for record in before}
        spared = {record.key for record in during} - ended
        assert set(await listed(store, "ada")) == spared
        for record in (*before, *during):
            assert (await store.load(record.key) is not None) == (record.key in spared)

    async def test_of_many_who_sign_out_everywhere_each_session_ends_for_exactly_one(
        self, store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        records = await keep(store, clock, [f"device {n}" for n in range(10)], owner="ada")

        answers = await asyncio.gather(*(caller.delete_owned_by("ada") for caller in callers[:8]))

        ended = [record.key for record in chain.from_iterable(answers)]
        assert sorted(ended) == sorted(record.key for record in records)

    async def test_two_who_sign_out_everywhere_else_do_not_spare_each_other_in_the_end(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        await keep(store, clock, ["laptop", "phone", "tablet"], owner="ada")

        await asyncio.gather(
            store.delete_owned_by("ada", except_key=key_of("laptop")),
            other_store.delete_owned_by("ada", except_key=key_of("phone")),
        )

        assert await store.load(key_of("laptop")) is None
        assert await other_store.load(key_of("phone")) is None
