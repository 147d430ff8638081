"""Accounts come in by thousands and go out as lines, and nothing is half done."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import bcrypt
import pytest

from quart_app.accounts import Accounts, Administration
from quart_app.accounts.passwords.foreign import Source
from quart_app.errors import BadCredentials
from quart_app.settings import AccountsSettings
from quart_app.testing import FakeClock
from tests.accounts.databases import steps
from tests.accounts.passwords.test_foreign import KEY, OF_FLASK_SECURITY, TYPED
from tests.accounts.people import HOME, RIGHT, WRONG, members_of


def hashed(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


async def test_accounts_of_htpasswd_sign_in_and_are_hashed_anew(
    members: Accounts, office: Administration
) -> None:
    lines = ["# users", f"Ada:{hashed(RIGHT).replace('$2b$', '$2y$')}", "", f"Bob:{hashed(WRONG)}"]

    imported = await office.import_from(lines, source=Source.HTPASSWD)
    with pytest.raises(BadCredentials):
        await members.sign_in("Ada", password=WRONG, client=HOME)
    await members.sign_in("Ada", password=RIGHT, client=HOME)

    hashes = [json.loads(line)["hash"] async for line in office.export(with_secrets=True)]
    assert (imported.added, imported.refused) == (2, {})
    assert [each[:9] for each in hashes] == ["$argon2id", hashes[1][:9]]
    assert hashes[1].startswith("$2b$")


async def test_accounts_of_flask_security_sign_in_with_the_salt_of_their_site(
    url: str, clock: FakeClock
) -> None:
    settings = AccountsSettings(password_import_salt=KEY.decode())
    members = members_of(url, clock=clock, settings=settings)
    office = Administration(members, actor="test")
    line = json.dumps({"name": "Ada", "hash": OF_FLASK_SECURITY["bcrypt"]})

    await office.import_from([line], source=Source.FLASK_SECURITY)
    signed_in = await members.sign_in("ada", password=TYPED, client=HOME)

    assert signed_in.account.shown == "Ada"
    await members.close()


BAD = {
    "no json": ("Ada", "it is not JSON"),
    "not a number": ('{"name": "Ada", "created_at": NaN}', "it is not JSON"),
    "no object": ('["Ada"]', "it is no object with a name"),
    "deeper than can be read": ("[" * 100_000, "it is not JSON"),
    "no text in its address": (
        '{"name": "Ada", "mail": "a\\ud800@example.org"}',
        "the address of mail is none",
    ),
    "a time beyond all": ('{"name": "Ada", "created_at": 1e999}', "its 'created_at' is no time"),
    "a time with too many figures": (
        f'{{"name": "Ada", "created_at": 1{"0" * 400}}}',
        "its 'created_at' is no time",
    ),
    "a time before all": ('{"name": "Ada", "created_at": -1}', "its 'created_at' is no time"),
    "no name": ('{"mail": "ada@example.org"}', "it is no object with a name"),
    "a name of another type": ('{"name": 3}', "its 'name' is not known, or of another type"),
    "a truth that is none": ('{"name": "Ada", "admin": 1}', "its 'admin' is not known"),
    "a field of another's": ('{"name": "Ada", "is_admin": true}', "its 'is_admin' is not known"),
    "a mixed name": ('{"name": "p\u0430ypal"}', "the name mixes letters"),
    "no address": (
        '{"name": "Ada", "mail": "ada"}',
        "the address of mail is none",
    ),
    "a hash that is none": ('{"name": "Ada", "hash": "opensesame"}', "its hash is refused"),
    "no language": (
        '{"name": "Ada", "language": "e\\u0000n"}',
        "the language is no code",
    ),
    "a name that is taken": ('{"name": "B0B"}', "its name, one that looks like it"),
}


@pytest.mark.parametrize("what", BAD)
async def test_a_line_that_is_refused_keeps_no_other_out_and_the_reason_is_said(
    office: Administration, what: str
) -> None:
    line, reason = BAD[what]
    good = [json.dumps({"name": name}) for name in ("Bob", "Zoe")]

    imported = await office.import_from([good[0], line, good[1]], source=Source.OURS)

    assert imported.added == 2
    assert imported.refused.keys() == {2}
    assert imported.refused[2].startswith(reason)
    assert "opensesame" not in imported.refused[2]
    assert [each.shown async for each in office.all()] == ["Bob", "Zoe"]


async def test_what_goes_out_comes_in_again(
    url: str, office: Administration, tmp_path: Path, clock: FakeClock
) -> None:
    await office.add("Ada", password=RIGHT, mail="ada@example.org", language="fr", is_admin=True)
    await office.add("Bob")
    await office.disable("bob")
    lines = [line async for line in office.export(with_secrets=True)]

    copy = members_of(f"sqlite:///{tmp_path / 'copy' / 'accounts'}", clock=clock)
    copied = Administration(copy, actor="test")
    imported = await copied.import_from(lines, source=Source.OURS)
    again = await copied.import_from(lines, source=Source.OURS)

    assert [line async for line in copied.export(with_secrets=True)] == lines
    assert (imported.added, again.added, len(again.refused)) == (2, 0, 2)
    assert await copy.sign_in("Ada", password=RIGHT, client=HOME) is not None
    await copy.close()


async def test_secrets_go_out_only_if_they_are_asked_for(office: Administration) -> None:
    await office.add("Ada", password=RIGHT)

    lines = [line async for line in office.export(with_secrets=False)]

    assert "$argon2id" not in "".join(lines)


async def test_progress_is_told_as_it_is_made(office: Administration) -> None:
    told: list[int] = []
    lines = [json.dumps({"name": f"person {number}"}) for number in range(120)]

    await office.import_from(lines, source=Source.OURS, progress=told.append)

    assert told == [50, 100, 120]


async def test_among_a_hundred_thousand_a_sign_in_looks_at_no_more_rows(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "accounts.sqlite3"
    members = members_of(f"sqlite:///{path}", clock=clock)
    office = Administration(members, actor="test")
    await office.add("Ada", password=RIGHT)
    await members.sign_in("Ada", password=RIGHT, client=HOME)
    with steps(members.parts.database) as among_few:
        await members.sign_in("Ada", password=RIGHT, client=HOME)

    with sqlite3.connect(path) as connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
            "INSERT INTO quart_app_accounts (id, name, shown, skeleton, handle, is_admin, "
            "created_at, epoch) SELECT i, 'n' || i, 'n' || i, 'n' || i, i, 0, 0, 0 FROM n"
        )
        connection.execute(
            "INSERT INTO quart_app_credentials SELECT id, id, 'password', 'x', 0 "
            "FROM quart_app_accounts WHERE name != 'ada'"
        )
    connection.close()

    with steps(members.parts.database) as among_many:
        await members.sign_in("Ada", password=RIGHT, client=HOME)
    assert 100 < len(among_many) <= len(among_few) * 1.1
    await members.close()
