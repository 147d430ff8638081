"""Accounts as lines of text: one by one out, and many in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from quart_app.accounts import changing
from quart_app.accounts.changing import Change
from quart_app.accounts.names import (
    WHY,
    Name,
    NameProblem,
    language_from,
    mail_from,
    name_from,
)
from quart_app.accounts.passwords.foreign import Source, imported
from quart_app.accounts.storage import credentials
from quart_app.accounts.words import Account, Event, Kind
from quart_app.errors import HashRefused, NameRefused, NameTaken

# What a line of JSON may say, and of which type. Anything else is a mistake to be told of.
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "hash": (str, type(None)),
    "mail": (str, type(None)),
    "mail_confirmed": bool,
    "language": (str, type(None)),
    "admin": bool,
    "disabled": bool,
    "created_at": (int, float),
}

NOT_JSON = "it is not JSON"
_LAST_SECOND = 253_402_300_799  # of the year 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a line says."""

    name: Name
    secret: str | None
    mail: str | None = None
    is_mail_confirmed: bool = False
    language: str | None = None
    is_admin: bool = False
    is_disabled: bool = False
    created_at: float | None = None


@dataclass(slots=True)
class Imported:
    """What became of an import."""

    added: int = 0
    refused: dict[int, str] = field(default_factory=dict)
    """By the number of the line: why."""


def batches(lines: Iterable[str], *, size: int) -> Iterator[list[tuple[int, str]]]:
    """The lines that say something, numbered from 1, some at a time."""
    numbered = ((number, line.strip()) for number, line in enumerate(lines, 1))
    told = ((number, line) for number, line in numbered if line and not line.startswith("#"))
    while batch := list(islice(told, size)):
        yield batch


def read(line: str, *, source: Source) -> Entry | str:
    """What a line says, or why it cannot be taken."""
    try:
        fields = _of_htpasswd(line) if source is Source.HTPASSWD else _of_json(line)
        secret = fields.get("hash")
        mail, language = fields.get("mail"), fields.get("language")
        return Entry(
            name=name_from(fields["name"]),
            secret=None if secret is None else imported(secret, source=source),
            mail=None if mail is None else mail_from(mail),
            is_mail_confirmed=fields.get("mail_confirmed", False),
            language=None if language is None else language_from(language),
            is_admin=fields.get("admin", False),
            is_disabled=fields.get("disabled", False),
            created_at=fields.get("created_at"),
        )
    except NameRefused as exc:
        return WHY[NameProblem(exc.problem)]
    except HashRefused as exc:
        return f"its hash is refused: {exc}"
    except ValueError as exc:
        return str(exc)


def add_all(
    connection: Connection, entries: Iterable[tuple[int, Entry, Account]], *, change: Change
) -> dict[int, str]:
    """Add them; returns which lines were refused, and why."""
    refused = {}
    for number, entry, account in entries:
        try:
            changing.add(
                connection,
                account,
                name=entry.name,
                secret=entry.secret,
                change=change,
                kind=Kind.IMPORTED,
            )
        except NameTaken:
            refused[number] = "its name, one that looks like it, or its address is taken"
    return refused


def line_of(connection: Connection, account: Account, *, with_secret: bool) -> str:
    """A line of JSON."""
    fields: dict[str, Any] = {
        "name": account.shown,
        "mail": account.mail,
        "mail_confirmed": account.mail_confirmed_at is not None,
        "language": account.language,
        "admin": account.is_admin,
        "disabled": account.disabled_at is not None,
        "created_at": account.created_at,
    }
    if with_secret:
        stored = credentials.password_of(connection, account.id)
        fields["hash"] = stored.secret if stored else None
    return json.dumps(fields)


def line_of_event(number: int, event: Event) -> str:
    """A line of JSON."""
    return json.dumps({"id": number, **asdict(event)})


def _of_htpasswd(line: str) -> dict[str, Any]:
    name, colon, secret = line.partition(":")
    if not colon:
        raise ValueError("it is not NAME:HASH")
    return {"name": name, "hash": secret.partition(":")[0]}


def _of_json(line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ValueError(NOT_JSON) from None
    if not isinstance(fields, dict) or "name" not in fields:
        raise ValueError("it is no object with a name")
    for key, value in fields.items():
        kinds = _FIELDS.get(key)
        is_truth = isinstance(value, bool)
        if kinds is None or not isinstance(value, kinds) or is_truth != (kinds is bool):
            raise ValueError(f"its {key!r} is not known, or of another type")
    if not 0 <= fields.get("created_at", 0) <= _LAST_SECOND:
        raise ValueError("its 'created_at' is no time")
    return fields


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and the infinities are no JSON
