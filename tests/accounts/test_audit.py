"""What happened stands in a table and in the log, without secrets, and for its time."""

from __future__ import annotations

import json
import logging

import pytest

from quart_app.accounts import Accounts, Administration, Client, Event
from quart_app.accounts.passwords.foreign import Source
from quart_app.accounts.transfer import line_of_event
from quart_app.accounts.words import VISITOR, Kind, Outcome
from quart_app.errors import BadCredentials
from quart_app.settings import AccountsSettings
from quart_app.testing import FakeClock
from tests.accounts.people import HOME, OTHER, RIGHT, WRONG


async def events(office: Administration) -> list[Event]:
    return [event async for _, event in office.events()]


async def test_an_event_says_who_what_where_and_how_it_came_out(
    members: Accounts, office: Administration, clock: FakeClock
) -> None:
    account = await office.add("Ada", password=RIGHT)
    clock.advance(minutes=1)
    await members.sign_in("Ada", password=RIGHT, client=HOME)
    with pytest.raises(BadCredentials):
        await members.sign_in("ada", password=WRONG, client=HOME)

    added, right, wrong = await events(office)

    assert added == Event(
        at=clock() - 60, kind=Kind.ADDED, account_id=account.id, name="ada", actor="test"
    )
    assert right == Event(
        at=clock(),
        kind=Kind.SIGN_IN,
        account_id=account.id,
        name="ada",
        actor=account.id,
        device="Firefox on Linux",
        network="192.0.2.1",
    )
    assert (wrong.outcome, wrong.actor) == (Outcome.WRONG, VISITOR)


async def test_neither_secrets_nor_names_that_were_only_typed_are_kept_or_logged(
    members: Accounts, office: Administration, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "quart_app")
    await office.add("Ada", password=RIGHT)
    for name, password in (("Ada", WRONG), ("my password is 1234", RIGHT)):
        with pytest.raises(BadCredentials):
            await members.sign_in(name, password=password, client=HOME)
    await office.set_password("Ada", OTHER)

    told = [repr(await events(office)), *(repr(vars(record)) for record in caplog.records)]

    for secret in (RIGHT, WRONG, OTHER, "1234", "$argon2"):
        assert not any(secret in line for line in told), secret


async def test_lines_of_the_log_are_the_rows_of_the_table(
    members: Accounts, office: Administration, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "quart_app.audit")
    await office.add("Ada", password=RIGHT)
    await office.disable("Ada")
    with pytest.raises(BadCredentials):
        await members.sign_in("Ada", password=RIGHT, client=HOME)

    numbers = [number async for number, _ in office.events()]

    logged = [vars(record) for record in caplog.records if record.name == "quart_app.audit"]
    assert [int(fields["event"]) for fields in logged] == numbers
    assert logged[-1]["outcome"] == "disabled"
    assert caplog.messages[-1] == "sign in: disabled"


async def test_deleting_an_account_blanks_who_and_where_and_leaves_what_happened(
    members: Accounts, office: Administration
) -> None:
    account = await office.add("Ada", password=RIGHT)
    await office.add("Bob")
    await members.sign_in("Ada", password=RIGHT, client=HOME)

    await office.delete("Ada")

    of_ada = [each for each in await events(office) if each.account_id == account.id]
    assert [each.kind for each in of_ada] == [Kind.ADDED, Kind.SIGN_IN, Kind.DELETED]
    assert {(each.name, each.device, each.network) for each in of_ada} == {(None, None, None)}
    assert [each.name for each in await events(office) if each.name] == ["bob"]


async def test_events_are_kept_for_their_days_and_no_longer(
    members: Accounts, office: Administration, clock: FakeClock
) -> None:
    days = AccountsSettings().audit_days
    await office.add("Ada")
    clock.advance(days=days / 2)
    await office.add("Bob")
    clock.advance(days=days / 2, seconds=1)

    await members.sweep()

    assert [each.name for each in await events(office)] == ["bob"]


async def test_a_line_of_the_export_is_json(office: Administration) -> None:
    await office.add("Ada")

    lines = [json.loads(line_of_event(*each)) async for each in office.events()]

    assert lines[0]["kind"] == "account added"
    assert lines[0]["name"] == "ada"


async def test_what_a_browser_says_of_itself_forges_nothing(
    members: Accounts, office: Administration
) -> None:
    forged = Client(address="192.0.2.1", device="a\nkind=admin\x00\u202e" + "b" * 5_000)
    with pytest.raises(BadCredentials):
        await members.sign_in("Ada", password=RIGHT, client=forged)

    (event,) = await events(office)

    assert event.device is not None
    assert event.device.isprintable() or "\ufffd" in event.device
    assert len(event.device) <= 200
    assert "\n" not in event.device


async def test_more_events_than_are_read_at_once_are_all_there(office: Administration) -> None:
    for number in range(5):
        await office.import_from(
            [json.dumps({"name": f"person {number} {each}"}) for each in range(100)],
            source=Source.OURS,
        )

    assert len(await events(office)) == 500
    assert len([each async for each in office.all()]) == 500
