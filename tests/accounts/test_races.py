"""What holds for one process holds for several."""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from quart_app.accounts import Accounts, Administration, Client, Purpose, SignedIn
from quart_app.accounts.guesses import BY_ACCOUNT
from quart_app.accounts.words import Kind
from quart_app.errors import BadCredentials, NameTaken, TokenRefused, TooManyGuesses
from tests.accounts.people import HOME, OTHER, RIGHT, back_again
from tests.kit.processes import Program


async def test_a_hundred_guesses_at_once_over_three_processes_are_no_more_than_the_free_ones(
    url: str, members: Accounts, office: Administration, tmp_path: Path
) -> None:
    await office.add("Ada", password=RIGHT)
    start = tmp_path / "start"
    hashed = []

    with ExitStack() as stack:
        programs = [
            stack.enter_context(
                Program.running("tests.accounts.programs.guess", url, str(start), str(count))
            )
            for count in (34, 33, 33)
        ]
        for program in programs:
            await asyncio.to_thread(program.says, "ready")
        start.touch()
        for program in programs:
            await asyncio.to_thread(program.says, "hashed")
            hashed.append(int(re.findall(r"hashed (\d+)", program.out)[0]))

    events = [each async for _, each in office.events() if each.kind is Kind.SIGN_IN]
    assert sum(hashed) == BY_ACCOUNT.free
    assert sum(each.outcome == "wrong secret" for each in events) == BY_ACCOUNT.free


@pytest.mark.parametrize("turn", range(5))
async def test_no_sign_in_by_the_old_password_outlives_its_change(
    members: Accounts, office: Administration, turn: int
) -> None:
    account = await office.add("Ada", password=RIGHT)
    browsers = [
        back_again(HOME, (await members.sign_in("Ada", password=RIGHT, client=HOME)).device_value)
        for _ in range(20)
    ]

    async def sign_in(browser: Client) -> SignedIn | None:
        try:
            return await members.sign_in("Ada", password=RIGHT, client=browser)
        except (BadCredentials, TooManyGuesses):  # strangers all, once the password is another
            return None

    before = [asyncio.create_task(sign_in(browser)) for browser in browsers[:5]]
    for _ in range(turn * 3):
        await asyncio.sleep(0)
    change = asyncio.create_task(office.set_password("Ada", OTHER))
    after = [asyncio.create_task(sign_in(browser)) for browser in browsers[5:]]
    signed_in = [one for one in await asyncio.gather(*before, *after) if one is not None]
    ending = await change

    # Each of them reads the epoch once its session is made, and it is higher.
    assert await members.epoch_of(account.id) == ending.epoch
    assert all(one.account.epoch < ending.epoch for one in signed_in)
    assert await members.pending_endings() == [ending]


async def test_of_those_who_take_one_name_at_once_one_has_it(
    members: Accounts, office: Administration
) -> None:
    outcomes = await asyncio.gather(
        *(office.add(name) for name in ("paypal", "PayPal", "paypa1", "paypaI", "pay\u200dpal")),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["Account", *["NameTaken"] * 4]
    assert all(isinstance(each, NameTaken) for each in outcomes if isinstance(each, Exception))


async def test_a_token_that_is_used_twice_at_once_is_good_once(
    members: Accounts, office: Administration
) -> None:
    token = await members.issue_token(
        Purpose.INVITATION, account_id=None, sent_to="ada@example.org", actor="test"
    )

    outcomes = await asyncio.gather(
        *(members.redeem(token, purpose=Purpose.INVITATION) for _ in range(10)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, TokenRefused) for each in outcomes) == 9


async def test_of_two_changes_of_a_password_at_once_one_is_made(
    members: Accounts, office: Administration
) -> None:
    account = await office.add("Ada", password=RIGHT)

    async def change(new: str) -> str | None:
        try:
            await members.change_password(
                account.id, current=RIGHT, new=new, client=HOME, keep=None
            )
        except BadCredentials:
            return None
        return new

    made = await asyncio.gather(*(change(f"{OTHER} {number}") for number in range(3)))
    (new,) = [each for each in made if each is not None]

    signed_in = await members.sign_in("Ada", password=new, client=HOME)
    assert signed_in.account.epoch == 1
