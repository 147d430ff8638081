"""Does what `quart-app accounts` and `events` are asked, by the pages' own functions; each returns
the exit status, and raises `ConfigurationError`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable

from quart import Quart

from quart_app.accounts import Account, Accounts, Administration
from quart_app.accounts.passwords.foreign import Source
from quart_app.accounts.transfer import line_of_event
from quart_app.cli import logs
from quart_app.cli.intent import Asked, Intent
from quart_app.cli.output import complain, say
from quart_app.cli.places import data_folder_of
from quart_app.cli.target import application
from quart_app.errors import (
    AccountsUnavailable,
    ConfigurationError,
    NameRefused,
    NameTaken,
    NoSuchAccount,
    PasswordRefused,
    QuartAppError,
    TooBusy,
)
from quart_app.settings import AccountsSettings, ApplicationSettings

ACTOR = "command line"
REFUSED, NO_SUCH_ACCOUNT, BUSY = 1, 3, 4
Work = Callable[[Administration], Awaitable[int | None]]


def add(
    *,
    name: str,
    password: str | None,
    mail: str | None,
    language: str | None,
    is_admin: bool,
    data_dir: str | None,
    config_file: str | None,
) -> int:
    async def work(office: Administration) -> None:
        await office.add(name, password=password, mail=mail, language=language, is_admin=is_admin)

    return _run(work, data_dir=data_dir, config_file=config_file)


def show_all(*, in_json: bool, data_dir: str | None, config_file: str | None) -> int:
    async def work(office: Administration) -> None:
        async for account in office.all():
            say(_object(account) if in_json else _line(account))

    return _run(work, data_dir=data_dir, config_file=config_file)


def show(*, name: str, in_json: bool, data_dir: str | None, config_file: str | None) -> int:
    async def work(office: Administration) -> None:
        account = await office.find(name)
        say(_object(account) if in_json else _line(account))

    return _run(work, data_dir=data_dir, config_file=config_file)


def set_password(*, name: str, password: str, data_dir: str | None, config_file: str | None) -> int:
    async def work(office: Administration) -> None:
        await office.set_password(name, password)

    return _run(work, data_dir=data_dir, config_file=config_file)


def set_rights(*, name: str, is_admin: bool, data_dir: str | None, config_file: str | None) -> int:
    async def work(office: Administration) -> None:
        await office.set_rights(name, is_admin=is_admin)

    return _run(work, data_dir=data_dir, config_file=config_file)


def change(what: str, *, name: str, data_dir: str | None, config_file: str | None) -> int:
    async def work(office: Administration) -> None:
        changes: dict[str, Callable[[str], Awaitable[object]]] = {
            "disable": office.disable,
            "enable": office.enable,
            "delete": office.delete,
            "unblock": office.unblock,
        }
        await changes[what](name)

    return _run(work, data_dir=data_dir, config_file=config_file)


def import_from(
    lines: Iterable[str], *, source: str, data_dir: str | None, config_file: str | None
) -> int:
    async def work(office: Administration) -> int:
        imported = await office.import_from(lines, source=Source(source), progress=_progress())
        for number, reason in sorted(imported.refused.items()):
            complain(f"line {number}: {reason}")
        say(f"{imported.added} added, {len(imported.refused)} refused")
        return REFUSED if imported.refused else 0

    return _run(work, data_dir=data_dir, config_file=config_file)


def export(*, with_secrets: bool, data_dir: str | None, config_file: str | None) -> int:
    async def work(office: Administration) -> None:
        async for line in office.export(with_secrets=with_secrets):
            say(line)

    return _run(work, data_dir=data_dir, config_file=config_file)


def events(*, after: int, data_dir: str | None, config_file: str | None) -> int:
    async def work(office: Administration) -> None:
        async for number, event in office.events(after=after):
            say(line_of_event(number, event))

    return _run(work, data_dir=data_dir, config_file=config_file)


def _run(work: Work, *, data_dir: str | None, config_file: str | None) -> int:
    logs.keep_quiet()
    app = application(Intent.of(Asked(data_dir=data_dir, config_file=config_file)))
    assert isinstance(app, Quart)  # noqa: S101 - the login pages
    try:
        return asyncio.run(_in_office(app, work)) or 0
    except ConfigurationError:
        raise
    except QuartAppError as exc:
        reason, status = _told(exc)
        complain(reason)
        return status


async def _in_office(app: Quart, work: Work) -> int | None:
    settings = ApplicationSettings.from_config(app.config)
    keys = [app.secret_key or "", *settings.secret_key_fallbacks]
    accounts = await asyncio.to_thread(
        Accounts.from_settings,
        AccountsSettings.from_config(app.config),
        folder=data_folder_of(app),
        keys=[key.encode() if isinstance(key, str) else key for key in keys],
        site_names=settings.trusted_hosts,
    )
    try:
        await accounts.open()
        return await work(Administration(accounts, actor=ACTOR))
    finally:
        await accounts.close()


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
            return f"the password is refused: {exc.problem}", REFUSED
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
