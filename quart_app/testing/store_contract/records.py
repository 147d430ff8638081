"""What becomes of one record while nobody else is at it."""

from __future__ import annotations

import pytest

from quart_app.errors import KeyTaken
from quart_app.sessions.stores.base import Store
from quart_app.testing.clock import FakeClock
from quart_app.testing.store_contract.samples import FIELDS, a_record, key_of


class RecordPromises:
    """`create`, `load`, `patch`, `touch` and `delete`, one after the other."""

    async def test_a_created_record_comes_back_as_it_went_in(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada", device="Firefox on Linux")

        await store.create(record)

        assert await store.load(record.key) == record
        assert await other_store.load(record.key) == record

    async def test_create_refuses_a_key_that_is_taken_and_leaves_its_record_alone(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)

        with pytest.raises(KeyTaken):
            await other_store.create(a_record(clock, fields={"name": b"Eve"}, owner="eve"))

        assert await store.load(record.key) == record
        assert await store.owned_by("ada") == [record]
        assert await store.owned_by("eve") == []

    async def test_what_was_never_created_is_none_to_every_call(
        self, store: Store, clock: FakeClock
    ) -> None:
        key = key_of("never created")

        assert await store.load(key) is None
        assert await store.patch(key, set=FIELDS) is None
        assert await store.touch(key, seen_at=clock()) is None
        assert await store.delete(key) is None
        assert await store.load(key) is None

    async def test_a_patch_changes_the_fields_it_names_and_keeps_the_rest(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        before = {"kept": b"1", "changed": b"2", "dropped": b"3", "dropped-too": b"4"}
        record = a_record(clock, fields=before, owner="ada", device="Firefox")
        await store.create(record)

        dropped = ("dropped", "dropped-too", "never there")
        set_ = {"changed": b"two", "added": b"5"}
        patched = await store.patch(record.key, set=set_, unset=dropped)

        assert patched == record.patched(clock(), set=set_, unset=dropped)
        assert patched.fields == {"kept": b"1", "changed": b"two", "added": b"5"}
        assert await other_store.load(record.key) == patched

    async def test_a_patch_returns_what_others_had_changed_before(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, fields={"mine": b"0"})
        await store.create(record)
        await store.load(record.key)
        await other_store.patch(record.key, set={"theirs": b"1"}, unset=["mine"])

        patched = await store.patch(record.key, set={"mine": b"2"})

        assert patched is not None
        assert patched.fields == {"theirs": b"1", "mine": b"2"}

    async def test_a_patch_notes_that_somebody_came_by(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock)
        await store.create(record)
        clock.advance(minutes=7)

        patched = await store.patch(record.key)

        assert patched == record.seen(clock())
        assert await other_store.load(record.key) == patched

    async def test_a_record_lives_on_when_its_last_field_is_gone(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)

        emptied = await store.patch(record.key, unset=list(FIELDS))

        assert emptied is not None
        assert emptied.fields == {}
        assert await other_store.load(record.key) == emptied
        assert await store.owned_by("ada") == [emptied]

    async def test_nothing_brings_a_deleted_session_back(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)
        await store.delete(record.key)

        for handle in (store, other_store):
            assert await handle.patch(record.key, set=FIELDS) is None
            assert await handle.touch(record.key, seen_at=clock()) is None
            assert await handle.load(record.key) is None
            assert await handle.owned_by("ada") == []

    async def test_delete_returns_the_record_as_it_was_at_the_end(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)
        clock.advance(minutes=1)
        await other_store.patch(record.key, set={"name": b"Ada L."}, unset=["basket"])
        last = await store.patch(record.key, set={"last": b"word"})

        ended = await other_store.delete(record.key)

        assert ended == last
        assert ended is not None
        assert ended.fields == {"name": b"Ada L.", "last": b"word"}

    async def test_delete_is_idempotent_and_ends_nothing_else(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        bystander = a_record(clock, "phone", owner="ada")
        record = a_record(clock, "laptop", owner="ada")
        await store.create(bystander)
        await store.create(record)

        assert await store.delete(record.key) == record
        assert await store.delete(record.key) is None
        assert await other_store.delete(record.key) is None
        assert await store.load(bystander.key) == bystander
        assert await store.owned_by("ada") == [bystander]
