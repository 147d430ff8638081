"""Who may sign in, and that nobody is told why not."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy import Connection

from quart_app.accounts import Accounts, Administration
from quart_app.accounts.passwords.own import Argon2
from quart_app.accounts.storage import accounts, credentials
from quart_app.accounts.words import Outcome
from quart_app.errors import BadCredentials
from quart_app.testing import FakeClock
from tests.accounts.databases import statements
from tests.accounts.people import (
    CHEAP,
    ELSEWHERE,
    HOME,
    OTHER,
    RIGHT,
    WRONG,
    back_again,
    members_of,
)


async def outcomes(office: Administration) -> list[Outcome]:
    return [each.outcome async for _, each in office.events() if each.actor != "test"]


@pytest.mark.parametrize("typed", ["Ada", "ada", " ＡＤＡ ", "a\u200dda"])  # noqa: RUF001
async def test_the_right_password_signs_in_however_the_name_is_typed(
    members: Accounts, office: Administration, typed: str
) -> None:
    ada = await office.add("Ada", password=RIGHT)

    signed_in = await members.sign_in(typed, password=RIGHT, client=HOME)

    assert signed_in.account == ada


@pytest.mark.parametrize(
    "typed",
    ["bob", "", "a" * 5_000, "ada\x00", "\ud800", "ada' OR 1=1 --", "%", "ａ" * 100],  # noqa: RUF001
)
async def test_what_is_no_name_is_a_wrong_one(
    members: Accounts, office: Administration, typed: str
) -> None:
    await office.add("Ada", password=RIGHT)

    with pytest.raises(BadCredentials):
        await members.sign_in(typed, password=RIGHT, client=HOME)


@pytest.mark.parametrize("typed", [WRONG, "", "\x00", "\ud800", "a" * 60_000, RIGHT.upper()])
async def test_a_wrong_password_does_not(
    members: Accounts, office: Administration, typed: str
) -> None:
    await office.add("Ada", password=RIGHT)

    with pytest.raises(BadCredentials):
        await members.sign_in("Ada", password=typed, client=HOME)


async def test_unknown_wrong_disabled_and_without_a_password_cost_and_say_the_same(
    members: Accounts, office: Administration
) -> None:
    await office.add("Ada", password=RIGHT)
    await office.add("Disabled", password=RIGHT)
    await office.disable("Disabled")
    await office.add("Invited")
    tries = {"Ada": WRONG, "Disabled": RIGHT, "Invited": RIGHT, "Nobody": RIGHT}
    costs: dict[str, tuple[int, int, str]] = {}

    for name, password in tries.items():
        before = members.parts.hashing.hashed
        with statements(members.parts.database) as told, pytest.raises(BadCredentials) as refused:
            await members.sign_in(name, password=password, client=HOME)
        hashed = members.parts.hashing.hashed - before
        costs[name] = hashed, len(told), repr(refused.value)

    assert set(costs.values()) == {(1, costs["Ada"][1], "BadCredentials()")}
    assert await outcomes(office) == [
        *(Outcome.WRONG, Outcome.DISABLED, Outcome.WRONG, Outcome.UNKNOWN)
    ]


async def test_a_disabled_account_signs_in_again_once_it_is_enabled(
    members: Accounts, office: Administration
) -> None:
    await office.add("Ada", password=RIGHT)
    await office.disable("ada")
    await office.enable("ada")

    signed_in = await members.sign_in("Ada", password=RIGHT, client=HOME)
    assert signed_in.account.name == "ada"


async def test_a_sign_in_under_way_while_the_password_changes_comes_to_nothing(
    members: Accounts, office: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.add("Ada", password=RIGHT)
    hashed, go_on = threading.Event(), threading.Event()
    matches = CHEAP.matches

    def match_and_wait(stored: str, password: str) -> bool:
        is_right = matches(stored, password)
        hashed.set()
        go_on.wait()
        return is_right

    monkeypatch.setattr(CHEAP, "matches", match_and_wait)
    under_way = asyncio.create_task(members.sign_in("Ada", password=RIGHT, client=HOME))
    await asyncio.to_thread(hashed.wait)
    await office.set_password("Ada", OTHER)
    go_on.set()

    with pytest.raises(BadCredentials):
        await under_way


async def test_a_hash_of_other_parameters_is_replaced_and_no_other_sign_in_is_disturbed(
    url: str, clock: FakeClock, members: Accounts, office: Administration
) -> None:
    await office.add("Ada", password=RIGHT)
    today = members_of(url, clock=clock, argon2=Argon2(memory_kib=512))

    await asyncio.gather(*(today.sign_in("Ada", password=RIGHT, client=HOME) for _ in range(4)))

    stored = await today.parts.database.read(_stored_of, "ada")
    assert "m=512," in stored
    signed_in = await members.sign_in("Ada", password=RIGHT, client=HOME)
    assert signed_in.account.name == "ada"
    await today.close()


def _stored_of(connection: Connection, name: str) -> str:
    account = accounts.by_name(connection, name)
    assert account is not None
    stored = credentials.password_of(connection, account.id)
    assert stored is not None
    return stored.secret


async def test_a_browser_that_signs_in_again_stays_the_same_device(
    members: Accounts, office: Administration
) -> None:
    await office.add("Ada", password=RIGHT)
    first = await members.sign_in("Ada", password=RIGHT, client=HOME)
    again = await members.sign_in(
        "Ada", password=RIGHT, client=back_again(HOME, first.device_value)
    )
    other = await members.sign_in("Ada", password=RIGHT, client=ELSEWHERE)

    devices = [members.parts.devices.read(each.device_value) for each in (first, again, other)]
    assert devices[0] == devices[1] != devices[2]


async def test_the_epoch_says_whether_everything_was_ended_meanwhile(
    members: Accounts, office: Administration
) -> None:
    await office.add("Ada", password=RIGHT)
    signed_in = await members.sign_in("Ada", password=RIGHT, client=HOME)
    before = await members.epoch_of(signed_in.account.id)

    await office.end_everything_of("Ada")
    after = await members.epoch_of(signed_in.account.id)
    await office.disable("Ada")
    disabled = await members.epoch_of(signed_in.account.id)

    assert (before, after, disabled) == (0, 1, None)
    assert await members.epoch_of("nobody") is None
