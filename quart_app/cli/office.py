"""Does what `quart-app accounts` and `events` are asked, by the pages' own functions; each returns
the exit status, and raises `ConfigurationError`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

from quart import Quart

from quart_app.accounts import Account, Administration, EndingNote
from quart_app.accounts.names import WHY, NameProblem
from quart_app.accounts.passwords.foreign import Source
from quart_app.accounts.passwords.rules import PasswordProblem
from quart_app.accounts.storage.places import FILE_NAME
from quart_app.accounts.transfer import NOT_JSON, line_of_event
from quart_app.cli.intent import Asked
from quart_app.cli.output import complain, escaped, put, say
from quart_app.cli.places import data_folder_of
from quart_app.cli.stand_in import StandIn, kept_by_itself
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
from quart_app.sessions import interface_of
from quart_app.settings import AccountsSettings
from quart_app.settings.urls import without_password

ACTOR = "command line"
REFUSED, NO_SUCH_ACCOUNT, BUSY = 1, 3, 4


class Office(Administration):
    """In the name of the command line."""

    def __init__(self, members: Members, *, app: Quart) -> None:
        super().__init__(members.accounts, actor=ACTOR)
        url = AccountsSettings.from_config(app.config).database_url
        self.place = without_password(url) if url else str(data_folder_of(app) / FILE_NAME)


@dataclass(frozen=True, slots=True)
class Done:
    """What is said once the sessions that are to end have ended."""

    said: str
    ending: EndingNote | None = None
    status: int = 0


Work = Callable[[Office], Awaitable[Done | None]]


def _in_office(
    work: Callable[..., Awaitable[Done | None]], *, makes: bool = False
) -> Callable[..., int]:
    """A command that does this with the accounts that are kept where its options say, or makes
    them there."""

    @wraps(work)
    def command(*, place: Asked, **asked: Any) -> int:
        return _run(partial(work, **asked), StandIn.at(place).app, makes=makes)

    return command


@partial(_in_office, makes=True)
async def add(
    office: Office,
    *,
    name: str,
    password: str | None,
    mail: str | None,
    language: str | None,
    is_admin: bool,
) -> Done:
    await office.add(name, password=password, mail=mail, language=language, is_admin=is_admin)
    return Done(f"{name} is added, in {office.place}")


@_in_office
async def show_all(office: Office, *, in_json: bool) -> None:
    async for account in office.all():
        put(_object(account) if in_json else escaped(_line(account)))


@_in_office
async def show(office: Office, *, name: str, in_json: bool) -> None:
    account = await office.find(name)
    put(_object(account) if in_json else escaped(_line(account)))


@_in_office
async def set_password(office: Office, *, name: str, password: str) -> Done:
    ending = await office.set_password(name, password)
    return Done(f"{name} has a new password", ending)


@_in_office
async def set_rights(office: Office, *, name: str, is_admin: bool) -> Done:
    ending = await office.set_rights(name, is_admin=is_admin)
    return Done(f"{name} is {'an' if is_admin else 'no'} administrator", ending)


@_in_office
async def change(office: Office, *, what: str, name: str) -> Done:
    changes: dict[str, tuple[Callable[[str], Awaitable[object]], str]] = {
        "disable": (office.disable, "is disabled"),
        "enable": (office.enable, "is enabled"),
        "delete": (office.delete, "is deleted"),
        "unblock": (office.unblock, "is unblocked"),
    }
    do, done = changes[what]
    made = await do(name)
    return Done(f"{name} {done}", made if isinstance(made, EndingNote) else None)


@partial(_in_office, makes=True)
async def import_from(office: Office, *, lines: Iterable[str], source: str) -> Done:
    progress = Progress()
    try:
        imported = await office.import_from(lines, source=Source(source), progress=progress)
    except AccountsUnavailable:
        complain(f"{progress.done} lines are done; the whole file once more brings none twice")
        raise
    for number, reason in sorted(imported.refused.items()):
        cure = ": say --from htpasswd for NAME:HASH" if reason == NOT_JSON else ""
        complain(f"line {number}: {reason}{cure}")
    return Done(
        f"{imported.added} added, {len(imported.refused)} refused",
        status=REFUSED if imported.refused else 0,
    )


@_in_office
async def export(office: Office, *, with_secrets: bool) -> None:
    async for line in office.export(with_secrets=with_secrets):
        put(line)


@_in_office
async def events(office: Office, *, after: int) -> None:
    async for number, event in office.events(after=after):
        put(line_of_event(number, event))


def id_of(name: str, *, app: Quart) -> tuple[int, str]:
    """The exit status, and the account's id if that is 0."""
    found = []

    async def work(office: Office) -> None:
        found.append((await office.find(name)).id)

    return _run(work, app, makes=False), "".join(found)


def end_everything_of(name: str, *, app: Quart) -> int:
    """The exit status."""

    async def work(office: Office) -> Done:
        return Done(f"{name} is signed out everywhere", await office.end_everything_of(name))

    return _run(work, app, makes=False)


def _run(work: Work, app: Quart, *, makes: bool) -> int:
    try:
        return asyncio.run(_work_on(app, work, makes=makes))
    except ConfigurationError:
        raise
    except QuartAppError as exc:
        reason, status = _told(exc)
        complain(reason)
        return status


async def _work_on(app: Quart, work: Work, *, makes: bool) -> int:
    members = Members(app, clock=time.time, lets_in=True)
    # What only pages sign, is not signed here.
    await asyncio.to_thread(
        members.make, folder=data_folder_of(app), secret_keys=(app.secret_key or "",)
    )
    accounts, office = members.accounts, Office(members, app=app)
    try:
        if not makes and not (await accounts.state()).is_made:
            complain(f"there are no accounts in {office.place}: name another place")
            return NO_SUCH_ACCOUNT
        await accounts.open()
        if (done := await work(office)) is None:
            return 0
        ended = await _end_sessions(app, done.ending)
        sessions = "1 session" if ended == 1 else f"{ended} sessions"
        say(f"{done.said}; {sessions} ended" if ended else done.said)
        return done.status
    finally:
        await accounts.close()


async def _end_sessions(app: Quart, ending: EndingNote | None) -> int:
    """How many have ended that this is a note of. The note stays: a running server may keep its
    sessions elsewhere than this command knows."""
    if ending is None or kept_by_itself(app):
        return 0
    await app.startup()
    try:
        owned = interface_of(app).delete_owned_by(ending.account_id, except_key=ending.keep)
        return len(await owned)
    except StoreUnavailable as exc:
        complain(f"done; sessions end once their store is back: {exc}")
        return 0
    finally:
        await app.shutdown()  # when the servers' open pages have been told


def _told(exc: QuartAppError) -> tuple[str, int]:
    """What is said of it, and the exit status."""
    match exc:
        case NoSuchAccount():
            return "there is no such account", NO_SUCH_ACCOUNT
        case NameTaken():
            return "the name, or one that looks like it, is taken", REFUSED
        case NameRefused():
            return WHY[NameProblem(exc.problem)], REFUSED
        case PasswordRefused():
            return f"the password is refused: {UNFIT[PasswordProblem(exc.problem)]}", REFUSED
        case AccountsUnavailable() | TooBusy():
            return f"not now: {exc}", BUSY
    return str(exc), REFUSED


class Progress:
    """Shown to a person at a terminal."""

    done = 0

    def __call__(self, done: int) -> None:
        self.done = done
        if sys.stderr is not None and sys.stderr.isatty():
            complain(f"{done} lines")


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
