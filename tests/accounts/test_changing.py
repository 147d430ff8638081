"""Every change of what an account is proved by ends everything of it; no caller can forget."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection

from quart_app.accounts import Account, Accounts, Administration, Changed, EndingNote, Purpose
from quart_app.accounts.storage.tables import METADATA
from quart_app.accounts.words import Reason
from quart_app.errors import (
    BadCredentials,
    NameRefused,
    NameTaken,
    NoSuchAccount,
    PasswordRefused,
    TokenRefused,
)
from quart_app.testing import FakeClock
from tests.accounts.people import ELSEWHERE, HOME, OTHER, RIGHT, WRONG, back_again

MAIL = "ada@example.org"
Way = Callable[[Accounts, Administration, Account], Awaitable[EndingNote | Changed]]


async def token_for(members: Accounts, account: Account, purpose: Purpose) -> str:
    return await members.issue_token(purpose, account_id=account.id, sent_to=MAIL, actor=account.id)


async def by_reset(members: Accounts, _: Administration, account: Account) -> Changed:
    token = await token_for(members, account, Purpose.RESET)
    return await members.reset_password(token, new=OTHER, client=HOME)


async def by_mail(members: Accounts, _: Administration, account: Account) -> Changed:
    token = await token_for(members, account, Purpose.CONFIRM_MAIL)
    return await members.confirm_mail(token, signed_in_as=account.id, client=HOME)


WAYS: dict[str, tuple[Reason, Way]] = {
    "its owner changes the password": (
        Reason.PASSWORD,
        lambda members, _, account: members.change_password(
            account.id, current=RIGHT, new=OTHER, client=HOME, keep=None
        ),
    ),
    "an administrator sets the password": (
        Reason.PASSWORD,
        lambda _, office, account: office.set_password(account.name, OTHER),
    ),
    "a mailed token sets the password": (Reason.PASSWORD, by_reset),
    "an address of mail is confirmed": (Reason.MAIL, by_mail),
    "it is disabled": (Reason.DISABLED, lambda _, office, account: office.disable(account.name)),
    "it is deleted": (Reason.DELETED, lambda _, office, account: office.delete(account.name)),
    "its rights change": (
        Reason.RIGHTS,
        lambda _, office, account: office.set_rights(account.name, is_admin=True),
    ),
    "its owner asks for it": (
        Reason.ASKED,
        lambda members, _, account: members.end_everything_of(account.id, client=HOME),
    ),
    "an administrator asks for it": (
        Reason.ASKED,
        lambda _, office, account: office.end_everything_of(account.name),
    ),
}


@pytest.mark.parametrize("what", WAYS)
async def test_all_that_changes_an_account_ends_tokens_devices_and_leaves_a_note(
    members: Accounts, office: Administration, what: str
) -> None:
    reason, way = WAYS[what]
    account = await office.add("Ada", password=RIGHT, mail=MAIL)
    signed_in = await members.sign_in("Ada", password=RIGHT, client=HOME)
    others = [Purpose.RESET, Purpose.CONFIRM_MAIL]
    tokens = {each: await token_for(members, account, each) for each in others}

    changed = await way(members, office, account)

    ending = changed.ending if isinstance(changed, Changed) else changed
    assert (ending.account_id, ending.reason, ending.epoch) == (account.id, reason, 1)
    assert await members.pending_endings() == [ending]
    for purpose, token in tokens.items():
        with pytest.raises(TokenRefused):
            await members.redeem(token, purpose=purpose)
    device = members.parts.devices.read(signed_in.device_value)
    assert device is not None
    assert device.epoch != ending.epoch


async def test_a_note_is_there_until_it_is_done_with(
    members: Accounts, office: Administration
) -> None:
    await office.add("Ada", password=RIGHT)
    first = await office.end_everything_of("Ada")
    second = await office.delete("Ada")

    await members.ending_done(first)
    await members.ending_done(first)

    assert await members.pending_endings() == [second]


async def test_the_browser_that_changes_the_password_is_kept_and_known(
    members: Accounts, office: Administration
) -> None:
    account = await office.add("Ada", password=RIGHT)

    changed = await members.change_password(
        account.id, current=RIGHT, new=OTHER, client=HOME, keep="the key of its session"
    )

    assert changed.ending.keep == "the key of its session"
    admitted = await members.admit("Ada", client=back_again(HOME, changed.device_value))
    assert admitted.known is not None


async def test_changing_the_password_needs_the_current_one_and_one_that_is_good(
    members: Accounts, office: Administration
) -> None:
    account = await office.add("Ada", password=RIGHT)

    with pytest.raises(BadCredentials):
        await members.change_password(account.id, current=WRONG, new=OTHER, client=HOME, keep=None)
    with pytest.raises(PasswordRefused):
        await members.change_password(
            account.id, current=RIGHT, new="short", client=HOME, keep=None
        )
    with pytest.raises(NoSuchAccount):
        await members.change_password("no id", current=RIGHT, new=OTHER, client=HOME, keep=None)

    assert await members.pending_endings() == []


async def test_a_token_is_good_once_for_its_purpose_and_for_its_time(
    members: Accounts, office: Administration, clock: FakeClock
) -> None:
    account = await office.add("Ada", mail=MAIL)
    token = await token_for(members, account, Purpose.RESET)

    with pytest.raises(TokenRefused):
        await members.redeem(token, purpose=Purpose.INVITATION)
    with pytest.raises(PasswordRefused):
        await members.reset_password(token, new="short", client=HOME)
    await members.reset_password(token, new=OTHER, client=HOME)
    with pytest.raises(TokenRefused):
        await members.reset_password(token, new=RIGHT, client=HOME)
    late = await token_for(members, account, Purpose.RESET)
    clock.advance(seconds=Purpose.RESET.lifetime.total_seconds())
    with pytest.raises(TokenRefused):
        await members.reset_password(late, new=RIGHT, client=HOME)

    signed_in = await members.sign_in("Ada", password=OTHER, client=ELSEWHERE)
    assert signed_in.account.id == account.id


async def test_a_token_dies_with_the_address_that_it_was_sent_to(
    members: Accounts, office: Administration
) -> None:
    account = await office.add("Ada", password=RIGHT, mail="old@example.org")
    token = await token_for(members, account, Purpose.RESET)

    with pytest.raises(TokenRefused):
        await members.reset_password(token, new=OTHER, client=HOME)


async def test_tokens_are_kept_hashed(members: Accounts, office: Administration) -> None:
    account = await office.add("Ada", mail=MAIL)
    token = await token_for(members, account, Purpose.RESET)

    def all_rows(connection: Connection) -> str:
        return repr([connection.execute(each.select()).all() for each in METADATA.sorted_tables])

    rows = await members.parts.database.read(all_rows)
    assert token not in rows
    assert bytes.fromhex(token) not in rows.encode()


async def test_one_address_is_one_accounts(members: Accounts, office: Administration) -> None:
    for name in ("Ada", "Bob"):
        account = await office.add(name, mail=MAIL)
        token = await token_for(members, account, Purpose.CONFIRM_MAIL)
        if name == "Ada":
            await members.confirm_mail(token, signed_in_as=account.id, client=HOME)

    with pytest.raises(NameTaken):
        await members.confirm_mail(token, signed_in_as=account.id, client=HOME)

    owner = await members.by_mail(MAIL.upper())
    assert owner is not None
    assert owner.name == "ada"
    with pytest.raises(NameRefused):
        await members.by_mail("no address")


async def test_what_nobody_has_cannot_be_changed(office: Administration) -> None:
    for change in (office.disable, office.enable, office.delete, office.unblock, office.find):
        with pytest.raises(NoSuchAccount):
            await change("ada")


async def test_two_names_that_look_alike_cannot_both_exist(office: Administration) -> None:
    await office.add("paypal")

    for name in ("PayPal", "paypa1", "PAYPAI", "pay\u200dpal"):
        with pytest.raises(NameTaken):
            await office.add(name)


async def test_a_password_that_is_refused_makes_no_account(office: Administration) -> None:
    with pytest.raises(PasswordRefused):
        await office.add("Ada Lovelace", password="ada" + "lovelace1815!")

    assert [each async for each in office.all()] == []
