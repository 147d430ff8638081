"""What a record leaves behind when its session moves or ends, and what follows it there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from quart_app.errors import KeyTaken
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.record import Record
from quart_app.testing.clock import FakeClock
from quart_app.testing.store_contract.samples import Callers, a_record, keep, key_of, listed

DAY = timedelta(days=1)


def to(key: str | None, clock: FakeClock, *, changes_owner: bool = False) -> ForwardingAddress:
    """An address that leads there, with a secret that a store has to keep as it is."""
    secret = b"\x00\xff sealed" if key else b""
    return ForwardingAddress(
        left_at=clock(), successor=key, changes_owner=changes_owner, secret=secret
    )


class AddressPromises(Callers):
    """Retiring a record: it is one no longer, and says where its session went."""

    @pytest.mark.parametrize("changes_owner", [True, False])
    async def test_a_retired_record_is_gone_to_every_call_and_leaves_its_address(
        self, store: Store, other_store: Store, clock: FakeClock, *, changes_owner: bool
    ) -> None:
        record = a_record(clock, owner="ada", device="Firefox")
        await store.create(record)
        address = to(key_of("phone"), clock, changes_owner=changes_owner)

        retired = await store.retire(record.key, address)

        assert retired == record
        for handle in (store, other_store):
            assert await handle.load(record.key) is None
            assert await handle.patch(record.key, set={"name": b"Eve"}) is None
            assert await handle.touch(record.key, seen_at=clock() + 1) is None
            assert await handle.owned_by("ada") == []
            assert await handle.find(record.key) == address
            assert await handle.forwarding(record.key) == address
        with pytest.raises(KeyTaken):
            await other_store.create(record)

    async def test_who_asks_again_with_the_same_address_is_answered_the_same(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)
        patched = await other_store.patch(record.key, set={"name": b"Ada L."})
        address = to(key_of("phone"), clock)

        first = await store.retire(record.key, address)
        again = await other_store.retire(record.key, address)
        another = await other_store.retire(record.key, to(key_of("tablet"), clock))

        assert first == again == patched
        assert another == address

    async def test_of_many_who_retire_a_record_one_gets_it_and_the_others_its_address(
        self, store: Store, callers: list[Store], clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)
        addresses = [to(key_of(f"device {n}"), clock) for n in range(len(callers))]

        answers = await asyncio.gather(
            *(
                caller.retire(record.key, address)
                for caller, address in zip(callers, addresses, strict=True)
            )
        )

        [winner] = [n for n, answer in enumerate(answers) if isinstance(answer, Record)]
        assert answers[winner] == record
        assert answers[:winner] + answers[winner + 1 :] == [addresses[winner]] * (len(callers) - 1)

    @pytest.mark.parametrize("place", [0, 1, 33, 99])
    async def test_it_comes_with_every_acknowledged_patch_and_no_refused_one(
        self, store: Store, callers: list[Store], clock: FakeClock, place: int
    ) -> None:
        record = a_record(clock, fields={})
        await store.create(record)
        calls = [
            asyncio.ensure_future(caller.patch(record.key, set={f"f{n}": b"%d" % n}))
            for n, caller in enumerate(callers)
        ]
        retiring = asyncio.ensure_future(
            callers[place].retire(record.key, to(key_of("phone"), clock))
        )

        answers = await asyncio.gather(*calls)
        retired = await retiring

        assert isinstance(retired, Record)
        assert retired.fields == {
            f"f{n}": b"%d" % n for n, answer in enumerate(answers) if answer is not None
        }

    async def test_of_what_was_never_there_or_has_expired_nothing_is_known(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock, owner="ada")
        await store.create(record)
        clock.advance(hours=1)

        for key in (record.key, key_of("nobody's")):
            assert await store.retire(key, to(key_of("phone"), clock)) is None
            assert await other_store.find(key) is None

    async def test_an_address_is_kept_for_two_minutes(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock)
        await store.create(record)
        address = to(key_of("phone"), clock)
        await store.retire(record.key, address)

        clock.advance(seconds=119)
        assert await other_store.find(record.key) == address
        clock.advance(seconds=1)

        assert await other_store.find(record.key) is None
        assert await store.retire(record.key, address) is None

    async def test_deleting_and_sweeping_leave_an_address_alone(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = a_record(clock)
        await store.create(record)
        address = to(None, clock)
        await store.retire(record.key, address)

        assert await other_store.delete(record.key) is None
        await store.sweep(budget=1_000)

        assert await other_store.find(record.key) == address


class FollowingPromises:
    """Ending a session under whatever key it goes on by now."""

    async def test_ending_a_session_follows_it_over_every_move_within_its_sign_in(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        names = ["first", "second", "third"]
        records = await keep(store, clock, names, owner="ada")
        for record, successor in pairwise(records):
            await store.retire(record.key, to(successor.key, clock))

        ended = await other_store.end(records[0].key)
        again = await store.end(records[0].key)

        assert ended == records[-1]
        assert isinstance(again, ForwardingAddress)
        assert again.successor is None
        assert await store.owned_by("ada") == []

    async def test_a_move_to_another_owner_is_not_followed(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        [hers] = await keep(store, clock, ["hers"], owner="ada")
        [his] = await keep(store, clock, ["his"], owner="bob")
        address = to(his.key, clock, changes_owner=True)
        await store.retire(hers.key, address)

        assert await other_store.end(hers.key) == address
        assert await other_store.load(his.key) == his

    async def test_addresses_that_lead_round_in_circles_lead_nowhere(
        self, store: Store, clock: FakeClock
    ) -> None:
        here, there = await keep(store, clock, ["here", "there"], owner="ada")
        await store.retire(here.key, to(there.key, clock))
        await store.retire(there.key, to(here.key, clock))

        assert await store.end(here.key) is None

    async def test_signing_out_everywhere_else_spares_what_this_session_has_become(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        here, moved, other = await keep(store, clock, ["here", "moved", "other"], owner="ada")
        moving = replace(
            a_record(clock, "moving", owner="ada"), awaits_cookie=True, predecessor=moved.key
        )
        await store.retire(here.key, to(moved.key, clock))
        await store.create(moving)

        ended = await other_store.delete_owned_by("ada", except_key=here.key)

        assert ended == [other]
        assert await listed(store, "ada") == [moved.key, moving.key]


class CookiePromises:
    """A new record waits for its cookie."""

    async def test_the_first_touch_says_that_the_cookie_came_back(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        record = replace(a_record(clock), awaits_cookie=True, predecessor=key_of("before"))
        await store.create(record)

        assert await other_store.load(record.key) == record
        assert await store.patch(record.key) == record
        assert await other_store.touch(record.key, seen_at=0) == replace(
            record, awaits_cookie=False, predecessor=None
        )
        assert await store.load(record.key) == replace(
            record, awaits_cookie=False, predecessor=None
        )

    async def test_a_record_whose_cookie_never_comes_back_lives_an_hour(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        waiting = replace(a_record(clock, "waiting", owner="ada"), awaits_cookie=True)
        waiting = replace(waiting, lifetime=replace(waiting.lifetime, idle=DAY))
        arrived = replace(waiting, key=key_of("arrived"))
        for record in (waiting, arrived):
            await store.create(record)
        clock.advance(minutes=59)
        assert await other_store.touch(arrived.key, seen_at=0) is not None
        assert await other_store.load(waiting.key) == waiting
        clock.advance(minutes=1)

        assert await other_store.load(waiting.key) is None
        assert await store.touch(waiting.key, seen_at=clock()) is None
        assert await listed(store, "ada") == [arrived.key]

    async def test_creating_counts_the_sessions_of_the_owner(
        self, store: Store, other_store: Store, clock: FakeClock
    ) -> None:
        await keep(store, clock, ["laptop", "phone"], owner="ada")

        assert await other_store.create(a_record(clock, "tablet", owner="ada"), count=True) == 3
        assert await store.create(a_record(clock, "grace's", owner="grace"), count=True) == 1
        assert await store.create(a_record(clock, "nobody's"), count=True) == 0
        assert await store.create(a_record(clock, "watch", owner="ada")) is None
