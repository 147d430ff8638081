"""Guesses are counted before they are looked at: a few are free, then pauses grow, and the owner
always has a way in."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from quart_app.accounts import Accounts, Administration, Client
from quart_app.accounts.guesses import (
    BY_ACCOUNT,
    BY_DEVICE,
    BY_NETWORK,
    LONGEST_MEMORY,
    LONGEST_PAUSE,
    NOBODYS,
    Limit,
    of_nobody,
)
from quart_app.accounts.hashing import Hashing
from quart_app.accounts.storage.tables import ATTEMPTS, EVENTS
from quart_app.errors import BadCredentials, TooBusy, TooManyGuesses
from quart_app.network import network_of
from quart_app.testing import FakeClock
from tests.accounts.people import (
    ELSEWHERE,
    HOME,
    OTHER,
    RIGHT,
    WRONG,
    anywhere,
    back_again,
    members_of,
)


async def guess(members: Accounts, name: str, *, client: Client, password: str = WRONG) -> float:
    """How many seconds to wait; 0 if it was looked at."""
    try:
        await members.sign_in(name, password=password, client=client)
    except BadCredentials:
        return 0
    except TooManyGuesses as exc:
        return float(exc.retry_after_seconds)
    return 0


async def held(members: Accounts, name: str) -> None:
    """Guess until there is a pause, each time from somewhere else."""
    for number in range(BY_ACCOUNT.free):
        assert await guess(members, name, client=anywhere(number)) == 0
    assert await guess(members, name, client=anywhere(99)) > 0


@pytest.mark.parametrize("name", ["Ada", "Nobody"])
async def test_some_guesses_are_free_and_then_pauses_grow_to_five_minutes(
    members: Accounts, office: Administration, clock: FakeClock, name: str
) -> None:
    await office.add("Ada")
    pauses: list[float] = []

    for number in range(BY_ACCOUNT.free + 12):
        while (seconds := await guess(members, name, client=anywhere(number))) > 0:
            pauses.append(seconds)
            clock.advance(seconds=seconds)
        clock.advance(seconds=0)

    assert pauses[:4] == [1, 2, 4, 8]
    assert max(pauses) <= LONGEST_PAUSE.total_seconds()
    assert pauses[-1] > LONGEST_PAUSE.total_seconds() / 4
    assert members.parts.hashing.hashed == BY_ACCOUNT.free + 12


async def test_a_pause_is_a_429_that_says_when(members: Accounts, office: Administration) -> None:
    await held(members, "Ada")

    with pytest.raises(TooManyGuesses) as slowed:
        await members.sign_in("Ada", password=RIGHT, client=anywhere(100))

    assert slowed.value.code == 429
    assert slowed.value.retry_after == 1


async def test_the_owners_known_browser_gets_in_during_a_pause(
    members: Accounts, office: Administration
) -> None:
    await office.add("Ada", password=RIGHT)
    before = await members.sign_in("Ada", password=RIGHT, client=HOME)
    await held(members, "Ada")

    signed_in = await members.sign_in(
        "Ada", password=RIGHT, client=back_again(HOME, before.device_value)
    )

    assert signed_in.account == before.account
    assert await guess(members, "Ada", client=anywhere(200)) > 0  # and opens it to nobody else


async def test_a_known_browsers_guesses_are_counted_too_and_keep_nobody_else_out(
    members: Accounts, office: Administration
) -> None:
    await office.add("Ada", password=RIGHT)
    before = await members.sign_in("Ada", password=RIGHT, client=HOME)
    known = back_again(HOME, before.device_value)

    waits = [await guess(members, "Ada", client=known) for _ in range(BY_DEVICE.free + 1)]

    assert waits == [0.0] * BY_DEVICE.free + [1.0]
    assert await guess(members, "Ada", client=ELSEWHERE, password=RIGHT) == 0


async def test_who_takes_a_moment_for_each_guess_has_no_more_of_them(
    members: Accounts, office: Administration, clock: FakeClock
) -> None:
    await office.add("Ada")

    for number in range(BY_ACCOUNT.free):
        assert await guess(members, "Ada", client=anywhere(number)) == 0
        clock.advance(seconds=0.1)

    assert await guess(members, "Ada", client=anywhere(99)) == 1


@pytest.mark.parametrize("how", ["another account's", "made up", "after a new password"])
async def test_what_is_no_known_browser_is_a_stranger(
    members: Accounts, office: Administration, how: str
) -> None:
    await office.add("Ada", password=RIGHT)
    await office.add("Bob", password=RIGHT)
    bobs = await members.sign_in("Bob", password=RIGHT, client=HOME)
    own = await members.sign_in("Ada", password=RIGHT, client=HOME)
    if how == "after a new password":
        await office.set_password("Ada", OTHER)
    values = {"another account's": bobs.device_value, "made up": own.device_value[:-4] + "AAAA"}
    await held(members, "Ada")

    client = back_again(HOME, values.get(how, own.device_value))

    assert await guess(members, "Ada", client=client) > 0


async def test_names_that_do_not_exist_share_counts_so_that_invented_ones_fill_nothing() -> None:
    buckets = {of_nobody(f"name {number}", key=b"a key").name for number in range(300_000)}

    assert len(buckets) <= NOBODYS
    assert len(buckets) > NOBODYS * 0.9
    assert of_nobody("name", key=b"one") != of_nobody("name", key=b"another")


async def test_a_network_is_slowed_down_whatever_names_it_tries(
    members: Accounts, office: Administration
) -> None:
    await office.add("Ada", password=RIGHT)
    for number in range(BY_NETWORK.free):
        assert await guess(members, f"name {number}", client=ELSEWHERE) == 0

    assert await guess(members, "yet another", client=ELSEWHERE) > 0
    assert await guess(members, "Ada", client=ELSEWHERE, password=RIGHT) > 0
    assert await guess(members, "yet another", client=HOME) == 0


async def test_people_who_get_in_do_not_slow_their_network_down(
    members: Accounts, office: Administration
) -> None:
    await office.add("Ada", password=RIGHT)

    for _ in range(BY_NETWORK.free + 5):
        await members.sign_in("Ada", password=RIGHT, client=HOME)


async def test_guesses_are_forgotten_after_a_while(members: Accounts, clock: FakeClock) -> None:
    await held(members, "Ada")

    clock.advance(seconds=BY_ACCOUNT.forgotten.total_seconds() * BY_ACCOUNT.highest)

    await held(members, "Ada")


@pytest.mark.parametrize("way", ["unblock", "set_password"])
async def test_an_administrator_lets_the_owner_in(
    url: str, members: Accounts, office: Administration, clock: FakeClock, way: str
) -> None:
    await office.add("Ada", password=RIGHT)
    await held(members, "Ada")
    other_worker = members_of(url, clock=clock)

    if way == "unblock":
        await office.unblock("ada")
    else:
        await office.set_password("ada", RIGHT)

    assert await guess(other_worker, "Ada", client=HOME, password=RIGHT) == 0
    await other_worker.close()


async def test_what_was_remembered_is_asked_again_within_two_seconds(
    url: str, members: Accounts, office: Administration, clock: FakeClock
) -> None:
    await office.add("Ada", password=RIGHT)
    for number in range(BY_ACCOUNT.free):
        await guess(members, "Ada", client=anywhere(number))
    clock.advance(seconds=1)
    await guess(members, "Ada", client=anywhere(50))
    clock.advance(seconds=2)
    await guess(members, "Ada", client=anywhere(51))  # now the pause is one of four seconds
    assert await guess(members, "Ada", client=anywhere(52)) > 2
    await office.unblock("ada")

    clock.advance(seconds=2)

    assert await guess(members, "Ada", client=HOME, password=RIGHT) == 0


async def test_refusals_that_hold_are_answered_from_memory_and_counted_not_written(
    members: Accounts, office: Administration
) -> None:
    await office.add("Ada", password=RIGHT)
    await held(members, "Ada")
    before = await members.parts.database.read(_rows)

    for number in range(1_000):
        assert await guess(members, "Ada", client=anywhere(number)) > 0

    assert members.refused_from_memory == 1_000
    assert await members.parts.database.read(_rows) == before


async def test_a_refusal_holds_though_the_process_that_remembered_it_has_ended(
    url: str, members: Accounts, office: Administration, clock: FakeClock
) -> None:
    await office.add("Ada", password=RIGHT)
    await held(members, "Ada")
    await members.close()
    started_anew = members_of(url, clock=clock)

    waits = [await guess(started_anew, "Ada", client=anywhere(100), password=RIGHT)]
    clock.advance(seconds=1)
    waits += [await guess(started_anew, "Ada", client=anywhere(number)) for number in (101, 102)]

    assert waits == [1, 0, 2]  # and the pauses grow on
    assert (started_anew.parts.hashing.hashed, started_anew.refused_from_memory) == (1, 0)
    await started_anew.close()


async def test_a_known_browsers_value_is_no_way_round_the_memory(
    members: Accounts, office: Administration
) -> None:
    await office.add("Eve", password=RIGHT)
    eve = await members.sign_in("Eve", password=RIGHT, client=ELSEWHERE)
    for number in range(BY_NETWORK.free):
        await guess(members, f"name {number}", client=ELSEWHERE)
    with_value = back_again(ELSEWHERE, eve.device_value)
    assert await guess(members, "one more", client=with_value) > 0
    before = await members.parts.database.read(_rows)

    for number in range(100):
        assert await guess(members, f"invented {number}", client=with_value) > 0

    assert await members.parts.database.read(_rows) == before


def _rows(connection: Connection) -> tuple[int | None, int | None]:
    count = func.count()
    return (
        connection.execute(select(count).select_from(EVENTS)).scalar(),
        connection.execute(select(count).select_from(ATTEMPTS)).scalar(),
    )


@pytest.mark.parametrize("places", [1, 100])
async def test_a_guess_that_finds_no_place_or_waits_too_long_is_not_counted(
    url: str, clock: FakeClock, places: int
) -> None:
    deadline = timedelta(milliseconds=5)
    hashing = Hashing(threads=1, places_a_thread=places, deadline=deadline)
    members = members_of(url, clock=clock, hashing=hashing)
    await members.open()
    go_on = threading.Event()

    with hashing.place(known_to="somebody"):
        running = asyncio.create_task(hashing.run(go_on.wait, known=True))
        for number in range(BY_ACCOUNT.free + 3):
            with pytest.raises(TooBusy):
                await members.sign_in("Ada", password=WRONG, client=anywhere(number))
        go_on.set()
        await running
    patient = members_of(url, clock=clock)

    await held(patient, "Ada")
    await members.close()
    await patient.close()


async def test_where_no_place_is_left_nothing_else_is_looked_at(url: str, clock: FakeClock) -> None:
    hashing = Hashing(threads=1, places_a_thread=1)
    members = members_of(url, clock=clock, hashing=hashing)
    await held(members, "Ada")
    remembered = members.refused_from_memory

    with hashing.place(known_to="somebody"), pytest.raises(TooBusy):
        await members.sign_in("Ada", password=WRONG, client=HOME)

    assert members.refused_from_memory == remembered
    await members.close()


async def test_a_check_of_ones_own_is_limited_by_the_same_rules(members: Accounts) -> None:
    for _ in range(BY_ACCOUNT.free + 3):
        admitted = await members.admit("theirs", client=HOME)
        await members.proved(admitted)
    for _ in range(BY_ACCOUNT.free):
        await members.admit("theirs", client=HOME)

    with pytest.raises(TooManyGuesses):
        await members.admit("theirs", client=HOME)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "elsewhere"),
        ("unix:", "elsewhere"),
        ("192.0.2.7, 10.0.0.1", "elsewhere"),
    ],
)
def test_a_network_is_one_address_or_a_whole_64(address: str, network: str) -> None:
    assert network_of(address) == network


LIMITS = st.sampled_from([BY_ACCOUNT, BY_DEVICE, BY_NETWORK])


@given(
    LIMITS,
    st.floats(0, 100),
    st.floats(0, 2e9),
    st.floats(-1e6, 1e6),
)
def test_no_pause_is_longer_than_five_minutes_whatever_a_clock_says(
    limit: Limit, level: float, at: float, later: float
) -> None:
    wait = limit.wait(min(level, limit.highest), at, now=at + later)

    assert 0 <= wait <= LONGEST_PAUSE.total_seconds() + 1e-3


@given(LIMITS, st.floats(0, 100), st.floats(0, 1e5), st.floats(0, 1e5))
def test_a_level_only_falls_with_time_and_is_nothing_in_the_end(
    limit: Limit, level: float, first: float, second: float
) -> None:
    level = min(level, limit.highest)
    sooner, later = sorted((first, second))

    assert limit.level_now(level, 0, now=later) <= limit.level_now(level, 0, now=sooner) <= level
    assert limit.level_now(level, 0, now=LONGEST_MEMORY.total_seconds()) == 0
