"""Does what `quart-app accounts` and `events` are asked, by the pages' own functions; each returns
the exit status, and raises `ConfigurationError`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial, wraps
from typing import Any

from quart import Quart

from quart_app.accounts import Account, Administration
from quart_app.accounts.passwords.foreign import Source
from quart_app.accounts.passwords.rules import PasswordProblem
from quart_app.accounts.transfer import line_of_event
from quart_app.app import create_app
from quart_app.cli import logs
from quart_app.cli.intent import Asked, Intent
from quart_app.cli.output import complain, say
from quart_app.cli.places import data_folder_of
from quart_app.errors import (
    AccountsUnavailable,
    ConfigurationError,
    NameRefused,
    NameTaken,
    NoSuchAccount,
    PasswordRefused,
    QuartAppError,
    StoreUnavailable,
    TooBusy,
)
from quart_app.login.members import Members
from quart_app.login.passwords import UNFIT
from quart_app.settings import ApplicationSettings, SessionSettings

ACTOR = "command line"
REFUSED, NO_SUCH_ACCOUNT, BUSY = 1, 3, 4
Work = Callable[[Administration], Awaitable[int | None]]


def _in_office(work: Callable[..., Awaitable[int | None]]) -> Callable[..., int]:
    """A command that does this with the accounts that are kept where its options say."""

    @wraps(work)
    def command(*, data_dir: str | None, config_file: str | None, **asked: Any) -> int:
        return _run(partial(work, **asked), data_dir=data_dir, config_file=config_file)

    return command


@_in_office
async def add(
    office: Administration,
    *,
    name: str,
    password: str | None,
    mail: str | None,
    language: str | None,
    is_admin: bool,
) -> None:
    await office.add(name, password=password, mail=mail, language=language, is_admin=is_admin)


@_in_office
async def show_all(office: Administration, *, in_json: bool) -> None:
    async for account in office.all():
        say(_object(account) if in_json else _line(account))


@_in_office
async def show(office: Administration, *, name: str, in_json: bool) -> None:
    account = await office.find(name)
    say(_object(account) if in_json else _line(account))


@_in_office
async def set_password(office: Administration, *, name: str, password: str) -> None:
    await office.set_password(name, password)


@_in_office
async def set_rights(office: Administration, *, name: str, is_admin: bool) -> None:
    await office.set_rights(name, is_admin=is_admin)


@_in_office
async def end_everything_of(office: Administration, *, name: str) -> None:
    await office.end_everything_of(name)


@_in_office
async def change(office: Administration, *, what: str, name: str) -> None:
    changes: dict[str, Callable[[str], Awaitable[object]]] = {
        "disable": office.disable,
        "enable": office.enable,
        "delete": office.delete,
        "unblock": office.unblock,
    }
    await changes[what](name)


@_in_office
async def import_from(office: Administration, *, lines: Iterable[str], source: str) -> int:
    imported = await office.import_from(lines, source=Source(source), progress=_progress())
    for number, reason in sorted(imported.refused.items()):
        complain(f"line {number}: {reason}")
    say(f"{imported.added} added, {len(imported.refused)} refused")
    return REFUSED if imported.refused else 0


@_in_office
async def export(office: Administration, *, with_secrets: bool) -> None:
    async for line in office.export(with_secrets=with_secrets):
        say(line)


@_in_office
async def events(office: Administration, *, after: int) -> None:
    async for number, event in office.events(after=after):
        say(line_of_event(number, event))


def id_of(*, name: str, data_dir: str | None, config_file: str | None) -> tuple[int, str]:
    """The exit status, and the account's id if that is 0."""
    found = []

    async def work(office: Administration) -> None:
        found.append((await office.find(name)).id)

    status = _run(work, data_dir=data_dir, config_file=config_file)
    return status, "".join(found)


def _run(work: Work, *, data_dir: str | None, config_file: str | None) -> int:
    logs.keep_quiet()
    intent = Intent.of(Asked(data_dir=data_dir, config_file=config_file))
    # Without accounts of its own, which would look after the notes.
    app = create_app({**intent.config, "LOGIN_MODE": "name"})
    try:
        return asyncio.run(_work_on(app, work)) or 0
    except ConfigurationError:
        raise
    except QuartAppError as exc:
        reason, status = _told(exc)
        complain(reason)
        return status


async def _work_on(app: Quart, work: Work) -> int | None:
    fallbacks = ApplicationSettings.from_config(app.config).secret_key_fallbacks
    members = Members(app, clock=time.time, lets_in=True)
    await asyncio.to_thread(
        members.make, folder=data_folder_of(app), secret_keys=(app.secret_key or "", *fallbacks)
    )
    accounts = members.accounts
    try:
        await accounts.open()
        status = await work(Administration(accounts, actor=ACTOR))
        await _end_sessions(app, members)
        return status
    finally:
        await accounts.close()


async def _end_sessions(app: Quart, members: Members) -> None:
    """Those of which work has left a note, which stays: a running server may keep its sessions
    elsewhere than this command knows."""
    pending = await members.accounts.pending_endings()
    is_elsewhere = SessionSettings.from_config(app.config).type in ("memory", "cookie")
    if not pending or is_elsewhere:
        return
    await app.startup()  # so that the servers' open pages hear of it
    try:
        for ending in pending:
            await members.endings.end_sessions(ending)
    except StoreUnavailable as exc:
        complain(f"done; sessions end once their store is back: {exc}")
    finally:
        await app.shutdown()


def _told(exc: QuartAppError) -> tuple[str, int]:
    """What is said of it, and the exit status."""
    match exc:
        case NoSuchAccount():
            return "there is no such account", NO_SUCH_ACCOUNT
        case NameTaken():
            return "the name, or one that looks like it, is taken", REFUSED
        case NameRefused():
            return f"the name, address or language is refused: {exc.problem}", REFUSED
        case PasswordRefused():
            return f"the password is refused: {UNFIT[PasswordProblem(exc.problem)]}", REFUSED
        case AccountsUnavailable() | TooBusy():
            return f"not now: {exc}", BUSY
    return str(exc), REFUSED


def _progress() -> Callable[[int], None]:
    """For a person at a terminal."""
    if not sys.stderr.isatty():
        return lambda _: None
    return lambda done: complain(f"{done} lines")


def _fields(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "name": account.shown,
        "mail": account.mail,
        "mail_confirmed": account.mail_confirmed_at is not None,
        "language": account.language,
        "admin": account.is_admin,
        "disabled": account.disabled_at is not None,
        "created_at": account.created_at,
    }


def _object(account: Account) -> str:
    return json.dumps(_fields(account))


def _line(account: Account) -> str:
    marks = ("admin" if account.is_admin else "", "disabled" if account.disabled_at else "")
    return "  ".join(filter(None, (account.shown, account.mail or "", *marks)))
