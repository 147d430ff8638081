"""Holes that others had, each by the name under which it became known: not here."""

from __future__ import annotations

import pytest

from quart_app.accounts import Accounts, Administration, Client, Purpose
from quart_app.accounts.guesses import BY_ACCOUNT, BY_NETWORK
from quart_app.errors import BadCredentials, TokenRefused, TooManyGuesses
from tests.accounts.people import ELSEWHERE, HOME, OTHER, RIGHT, WRONG, anywhere

OLD, NEW = "old@example.org", "new@example.org"


async def test_devise_cve_2026_32700_a_race_of_two_changes_of_mail(
    members: Accounts, office: Administration
) -> None:
    account = await office.add("Eve", password=RIGHT, mail=OLD)
    own, victims = [
        await members.issue_token(
            Purpose.CONFIRM_MAIL, account_id=account.id, sent_to=mail, actor=account.id
        )
        for mail in ("eve@example.org", "victim@example.org")
    ]

    # The second one ended the first; and a token confirms what it was sent to, nothing else.
    with pytest.raises(TokenRefused):
        await members.confirm_mail(own, signed_in_as=account.id, client=HOME)
    changed = await members.confirm_mail(victims, signed_in_as=account.id, client=HOME)

    assert changed.account.mail == "victim@example.org"


async def test_devise_cve_2026_32700_the_first_address_confirms_itself_only(
    members: Accounts, office: Administration
) -> None:
    account = await office.add("Eve", password=RIGHT, mail="victim@example.org")
    token = await members.issue_token(
        Purpose.CONFIRM_MAIL, account_id=account.id, sent_to="eve@example.org", actor=account.id
    )

    changed = await members.confirm_mail(token, signed_in_as=account.id, client=HOME)

    assert changed.account.mail == "eve@example.org"
    assert await members.by_mail("victim@example.org") is None


async def test_flask_security_ghsa_f66q_9rf6_8795_anothers_credential_is_no_proof(
    members: Accounts, office: Administration
) -> None:
    ada = await office.add("Ada", password=RIGHT)
    await office.add("Eve", password=OTHER)

    with pytest.raises(BadCredentials):
        await members.change_password(
            ada.id, current=OTHER, new=f"{OTHER}!", client=HOME, keep=None
        )


async def test_allauth_65_8_1_a_success_does_not_refill_the_networks_bucket(
    members: Accounts, office: Administration
) -> None:
    await office.add("Eve", password=RIGHT)

    for number in range(BY_NETWORK.free):
        await members.sign_in("Eve", password=RIGHT, client=ELSEWHERE)
        with pytest.raises(BadCredentials):
            await members.sign_in(f"victim {number}", password=WRONG, client=ELSEWHERE)

    with pytest.raises(TooManyGuesses):
        await members.sign_in("Eve", password=RIGHT, client=ELSEWHERE)


async def test_allauth_65_13_tokens_of_a_disabled_account_are_dead_and_new_ones_too(
    members: Accounts, office: Administration
) -> None:
    account = await office.add("Ada", password=RIGHT, mail=OLD)

    async def token(purpose: Purpose) -> str:
        return await members.issue_token(
            purpose, account_id=account.id, sent_to=OLD, actor=account.id
        )

    before = await token(Purpose.RESET)
    await office.disable("Ada")
    after = await token(Purpose.RESET)

    for each in (before, after):
        with pytest.raises(TokenRefused):
            await members.reset_password(each, new=OTHER, client=HOME)
    with pytest.raises(TokenRefused):
        await members.confirm_mail(
            await token(Purpose.CONFIRM_MAIL), signed_in_as=account.id, client=HOME
        )
    assert await members.epoch_of(account.id) is None


async def test_allauth_65_14_2_and_better_auth_ghsa_p6v2_xcpg_h6xw_a_64_is_one_guesser(
    members: Accounts,
) -> None:
    def somewhere_in(network: str, number: int) -> Client:
        return Client(address=f"{network}:{number:x}:0:{number * 7:x}:1")

    for number in range(BY_NETWORK.free):
        with pytest.raises(BadCredentials):
            await members.sign_in(
                f"name {number}", password=WRONG, client=somewhere_in("2001:db8:1:2", number)
            )

    with pytest.raises(TooManyGuesses):
        await members.sign_in("one more", password=WRONG, client=somewhere_in("2001:db8:1:2", 999))
    with pytest.raises(BadCredentials):
        await members.sign_in("one more", password=WRONG, client=somewhere_in("2001:db8:1:3", 999))


@pytest.mark.parametrize("has_the_session", [False, True])
async def test_better_auth_ghsa_qq9h_g4jm_xgf3_whoever_registered_with_a_victims_mail_is_out(
    members: Accounts, office: Administration, has_the_session: bool
) -> None:
    account = await office.add("Victim", password=RIGHT, mail="victim@example.org")
    token = await members.issue_token(
        Purpose.CONFIRM_MAIL,
        account_id=account.id,
        sent_to="victim@example.org",
        actor=account.id,
    )

    changed = await members.confirm_mail(
        token, signed_in_as=account.id if has_the_session else None, client=HOME
    )

    assert changed.ending.epoch == 1  # all sessions
    if has_the_session:
        await members.sign_in("Victim", password=RIGHT, client=ELSEWHERE)
    else:
        with pytest.raises(BadCredentials):
            await members.sign_in("Victim", password=RIGHT, client=ELSEWHERE)


async def test_better_auth_ghsa_qq9h_g4jm_xgf3_a_later_address_costs_no_password(
    members: Accounts, office: Administration
) -> None:
    account = await office.add("Ada", password=RIGHT)
    for mail, signed_in_as in ((OLD, account.id), (NEW, None)):
        token = await members.issue_token(
            Purpose.CONFIRM_MAIL, account_id=account.id, sent_to=mail, actor=account.id
        )
        await members.confirm_mail(token, signed_in_as=signed_in_as, client=HOME)

    signed_in = await members.sign_in("Ada", password=RIGHT, client=ELSEWHERE)
    assert signed_in.account.mail == NEW


async def test_pinchy_1054_no_way_to_check_a_password_goes_past_the_limiter(
    members: Accounts, office: Administration
) -> None:
    ada = await office.add("Ada", password=RIGHT)

    for number in range(BY_ACCOUNT.free):
        with pytest.raises(BadCredentials):
            await members.change_password(
                ada.id, current=WRONG, new=OTHER, client=anywhere(number), keep=None
            )

    with pytest.raises(TooManyGuesses):
        await members.change_password(
            ada.id, current=RIGHT, new=OTHER, client=anywhere(100), keep=None
        )
    with pytest.raises(TooManyGuesses):
        await members.sign_in("Ada", password=RIGHT, client=anywhere(101))
