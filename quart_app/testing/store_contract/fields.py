"""What a record carries comes back as it went in, whatever it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quart_app.sessions.stores.base import Store
from quart_app.testing.clock import FakeClock
from quart_app.testing.store_contract.samples import a_record

ALL_BYTES = bytes(range(256))
# Names that a store might want for its own use, look-alikes, and the longest ones.
FIELD_NAMES = (
    *("key", "fields", "created_at", "seen_at", "lifetime", "idle", "ends_at", "permanent"),
    *("owner", "device", "expires_at", "version", "name", "Name", "NAME", "0", "00", "-", "_"),
    *("__proto__", "-rf", "a" * 64, "A-z_0" * 12 + "last", "-" * 64),
)


class FieldPromises:
    """Fields are opaque bytes; their names and sizes mean nothing to a store."""

    @pytest.mark.parametrize(
        "value",
        [b"", b"\0", b"\n", b"\r\n", ALL_BYTES, b"\xff\xfe\x00\xd8", ALL_BYTES * 240],
        ids=["empty", "NUL", "newline", "CR LF", "all bytes", "not UTF-8", "60 kB"],
    )
    async def test_a_value_comes_back_byte_for_byte(
        self, store: Store, other_store: Store, clock: FakeClock, value: bytes
    ) -> None:
        record = a_record(clock, fields={"created": value, "other": b"1"})

        await store.create(record)
        patched = await store.patch(record.key, set={"patched": value})

        assert patched is not None
        assert patched.fields == {"created": value, "other": b"1", "patched": value}
        assert await other_store.load(record.key) == patched

    async def test_a_patch_since_an_earlier_state_leaves_alone_what_has_changed_since(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        before = {"kept": b"1", "empty": b"", "changed": b"1", "dropped": b"1", "to drop": b"1"}
        before["changed too"] = b"1"
        before = {name.replace(" ", "-"): value for name, value in before.items()}
        record = a_record(clock, fields=before)
        await store.create(record)
        newer = {"changed": b"newer", "added": b"newer", "changed-too": b"newer"}
        await other_store.patch(record.key, set=newer, unset=["dropped"])

        late = dict.fromkeys(("kept", "empty", "changed", "dropped", "added", "new"), b"late")
        patched = await store.patch(
            record.key, set=late, unset=["to-drop", "changed-too"], since=before
        )

        assert patched is not None
        assert patched.fields == {"kept": b"late", "empty": b"late", "new": b"late", **newer}
        assert await other_store.load(record.key) == patched

    async def test_such_a_patch_leaves_the_lifetime_alone_where_a_field_has_changed_since(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, fields={"clocks": b"1"})
        longer = replace(record.lifetime, ends_at=record.lifetime.ends_at + 60)
        longest = replace(record.lifetime, ends_at=record.lifetime.ends_at + 120)
        await store.create(record)

        first = await other_store.patch(
            record.key, set={"clocks": b"2"}, lifetime=longer, since=record.fields
        )
        late = await store.patch(
            record.key, set={"clocks": b"3"}, lifetime=longest, since=record.fields
        )

        assert first is not None
        assert first.lifetime == longer
        assert late == first
        assert await store.load(record.key) == first

    async def test_a_record_grows_and_shrinks_by_patches(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, fields={"value": b"x" * 100, "small": b"kept"})
        await store.create(record)

        for size in (1_000, 4_000, 4_096, 5_000, 60_000, 200_000, 70_000, 4_000, 300, 0, 9_000):
            value = (ALL_BYTES * (size // 256 + 1))[:size]
            patched = await store.patch(record.key, set={"value": value})

            assert patched is not None
            assert patched.fields == {"value": value, "small": b"kept"}
            assert await other_store.load(record.key) == patched

    async def test_any_name_of_a_field_is_just_a_name(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        fields = {name: f"value of {name}".encode() for name in FIELD_NAMES}
        record = a_record(clock, fields=fields, owner="ada", device="Firefox")
        empty = a_record(clock, "empty", fields={}, owner="ada", device="Firefox")
        await store.create(record)
        await store.create(empty)

        patched = await store.patch(empty.key, set=fields)

        assert await other_store.load(record.key) == record
        assert patched is not None
        assert patched.fields == fields
        assert await other_store.load(empty.key) == patched
        assert await store.patch(record.key, unset=FIELD_NAMES) == record.patched(
            clock(), set={}, unset=FIELD_NAMES
        )

    async def test_hundreds_of_fields_are_kept(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        fields = {f"field-{number}": str(number).encode() for number in range(400)}
        record = a_record(clock, fields=fields)

        await store.create(record)
        patched = await store.patch(record.key, set=fields)

        assert patched == record
        assert await other_store.load(record.key) == record

    @pytest.mark.parametrize(
        "device",
        ["", " ", "Firefox 143 · Übersee", "Téléphone de José\t\n\0", "平板电脑", "🦊" * 80],
        ids=["empty", "space", "umlaut", "control characters", "Chinese", "80 foxes"],
    )
    async def test_a_device_label_comes_back_as_it_went_in(
        self, store: Store, other_store: Store, clock: FakeClock, device: str
    ) -> None:
        record = a_record(clock, owner="ada", device=device)

        await store.create(record)

        loaded = await other_store.load(record.key)
        assert loaded is not None
        assert loaded.device == device
        assert await store.owned_by("ada") == [record]
