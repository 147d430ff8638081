"""Whose sessions are whose: the listing, and ending them together."""

from __future__ import annotations

import pytest

from quart_app.sessions.stores.base import Store
from quart_app.testing.clock import FakeClock
from quart_app.testing.store_contract.samples import a_record, keep, listed

OWNERS = {
    "empty": "",
    "space": " ",
    "path": "../x",
    "absolute path": "/etc/passwd",
    "dot": ".",
    "two dots": "..",
    "newlines": "ada\r\nlovelace\n",
    "NUL": "ada\0lovelace",
    "tab": "ada\tlovelace",
    "address": "ada+work@example.org",
    "braces": "{ada}:*?[a-z]\\",
    "percent": "%00%2e%2e%s",
    "quotes": "ada' OR \"1\"='1",
    "umlaut": "Ädä Løvelace",
    "Chinese": "爱达·勒芙蕾丝",
    "emoji": "👩‍💻",
    "500 characters": "ü" * 500,
}
# Each of them somebody else, whatever a file system or a database makes of case and accents.
LOOK_ALIKES = (
    *("ada", "Ada", "ADA", " ada", "ada ", "ada\n", "ada\0", "ad", "adaa", "a", "ada/", "ada:"),
    *("\u00e4da", "a\u0308da", "a_da", "a/da", "a-da", "a%2fda"),
)


class OwnerPromises:
    """`owned_by` and `delete_owned_by`."""

    async def test_sessions_are_listed_oldest_first(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        # Created in an order that neither insertion nor the keys would give back.
        records = {}
        for minutes in (3, 1, 4, 2, 0):
            clock.advance(minutes=minutes)
            records[minutes] = a_record(clock, f"device {minutes}", owner="ada")
            clock.advance(minutes=-minutes)
        for record in records.values():
            await store.create(record)
        await store.touch(records[0].key, seen_at=clock() + 240)

        owned = await other_store.owned_by("ada")

        assert [record.key for record in owned] == [records[n].key for n in range(5)]
        assert owned[1:] == [records[n] for n in range(1, 5)]

    async def test_only_this_owners_live_sessions_are_listed(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        await keep(store, clock, ["left to expire"], owner="ada")
        clock.advance(minutes=29)
        phone, deleted, laptop = await keep(store, clock, ["phone", "x", "laptop"], owner="ada")
        await keep(store, clock, ["somebody else's"], owner="grace")
        await keep(store, clock, ["nobody's"])
        await store.delete(deleted.key)
        clock.advance(minutes=2)

        owned = await other_store.owned_by("ada")

        assert sorted(record.key for record in owned) == sorted([phone.key, laptop.key])
        assert await store.owned_by("nobody has this name") == []

    async def test_a_listed_record_is_the_record_as_it_is_now(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada", device="Firefox")
        await store.create(record)
        await other_store.owned_by("ada")
        clock.advance(minutes=1)

        patched = await store.patch(record.key, set={"name": b"Ada L."})

        assert await other_store.owned_by("ada") == [patched]

    @pytest.mark.parametrize("owner", OWNERS.values(), ids=OWNERS)
    async def test_an_owner_may_have_any_name(
        self, store: Store, other_store: Store, clock: FakeClock, owner: str
    ) -> None:
        nobodys, graces = a_record(clock, "nobody's"), a_record(clock, "grace's", owner="grace")
        await store.create(nobodys)
        await store.create(graces)
        record, *_ = await keep(store, clock, ["laptop", "phone"], owner=owner)

        assert await other_store.load(record.key) == record
        assert len(await other_store.owned_by(owner)) == 2
        assert await other_store.owned_by("grace") == [graces]
        assert len(await store.delete_owned_by(owner)) == 2
        assert await other_store.owned_by(owner) == []
        assert await other_store.load(record.key) is None
        assert await store.load(nobodys.key) == nobodys
        assert await store.load(graces.key) == graces

    async def test_owners_whose_names_look_alike_are_kept_apart(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        records = {owner: a_record(clock, owner, owner=owner) for owner in LOOK_ALIKES}
        for record in records.values():
            await store.create(record)

        for owner, record in records.items():
            assert await other_store.owned_by(owner) == [record]
        assert await store.delete_owned_by("ada") == [records["ada"]]
        for owner in LOOK_ALIKES[1:]:
            assert await other_store.owned_by(owner) == [records[owner]]

    async def test_signing_out_everywhere_else_spares_this_session_and_other_people(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        here, *elsewhere = await keep(store, clock, ["here", "phone", "tablet"], owner="ada")
        (graces,) = await keep(store, clock, ["grace's"], owner="grace")

        ended = await store.delete_owned_by("ada", except_key=here.key)

        assert {record.key for record in ended} == {record.key for record in elsewhere}
        assert await listed(other_store, "ada") == [here.key]
        assert await listed(other_store, "grace") == [graces.key]
        assert await other_store.load(here.key) == here
        for record in elsewhere:
            assert await other_store.load(record.key) is None
            assert await store.patch(record.key, set={"name": b"Eve"}) is None

    async def test_signing_out_everywhere_returns_each_session_as_it_ended(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        laptop, phone = await keep(store, clock, ["laptop", "phone"], owner="ada")
        patched = await other_store.patch(phone.key, set={"name": b"Ada L."})

        ended = {record.key: record for record in await store.delete_owned_by("ada")}

        assert ended == {laptop.key: laptop, phone.key: patched}
        assert await store.delete_owned_by("ada") == []

    async def test_another_owners_key_to_spare_spares_nothing(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        await keep(store, clock, ["laptop", "phone"], owner="ada")
        (graces,) = await keep(store, clock, ["grace's"], owner="grace")

        ended = await store.delete_owned_by("ada", except_key=graces.key)

        assert len(ended) == 2
        assert await other_store.owned_by("ada") == []
        assert await other_store.owned_by("grace") == [graces]
