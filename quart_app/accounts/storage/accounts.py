"""Rows of accounts: made, found, changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from quart_app.accounts.names import Name
from quart_app.accounts.storage.tables import ACCOUNTS
from quart_app.accounts.words import Account
from quart_app.errors import NameTaken

_COLUMNS = [column for column in ACCOUNTS.c if column.name != "skeleton"]
# Every sign-in asks these. To build such a query takes longer than to have it answered.
_BY_NAME = select(*_COLUMNS).where(ACCOUNTS.c.name == bindparam("name"))
_BY_ID = select(*_COLUMNS).where(ACCOUNTS.c.id == bindparam("id"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_EPOCH = select(ACCOUNTS.c.epoch).where(
    ACCOUNTS.c.id == bindparam("id"), ACCOUNTS.c.disabled_at.is_(None)
)


def add(connection: Connection, account: Account, *, name: Name) -> None:
    """Raises `NameTaken`, also for a name that looks like another's."""
    try:
        # What else the transaction does is to go on if the caller says so.
        with connection.begin_nested():
            connection.execute(
                insert(ACCOUNTS).values(
                    skeleton=name.skeleton,
                    **{column.name: getattr(account, column.name) for column in _COLUMNS},
                )
            )
    except IntegrityError as exc:
        raise NameTaken from exc


def by_name(connection: Connection, canonical: str) -> Account | None:
    """The account that is found by this name."""
    return _one(connection, _BY_NAME, name=canonical)


def by_id(connection: Connection, account_id: str, *, lock: bool = False) -> Account | None:
    """The account; if it is locked, nobody else changes it until the end of the transaction."""
    return _one(connection, _BY_ID_LOCKED if lock else _BY_ID, id=account_id)


def by_mail(connection: Connection, mail: str) -> Account | None:
    """The account that has confirmed this address."""
    query = select(*_COLUMNS).where(
        ACCOUNTS.c.mail == mail, ACCOUNTS.c.mail_confirmed_at.is_not(None)
    )
    return _one(connection, query)


def epoch_of(connection: Connection, account_id: str) -> int | None:
    """How often everything of it was ended; `None` for one that is gone or disabled."""
    return connection.execute(_EPOCH, {"id": account_id}).scalar()


def page(connection: Connection, *, after: str, most: int) -> list[Account]:
    """Those whose names come next, in order."""
    query = select(*_COLUMNS).where(ACCOUNTS.c.name > after).order_by(ACCOUNTS.c.name).limit(most)
    return [Account(**row) for row in connection.execute(query).mappings()]


def change(connection: Connection, account_id: str, **values: object) -> None:
    """Set columns of one. Raises `NameTaken` where another has what only one can have."""
    try:
        connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(**values))
    except IntegrityError as exc:
        raise NameTaken from exc


def remove(connection: Connection, account_id: str) -> None:
    """With its credentials and tokens."""
    connection.execute(delete(ACCOUNTS).where(ACCOUNTS.c.id == account_id))


def _one(connection: Connection, query: Select[Any], **asked: str) -> Account | None:
    row = connection.execute(query, asked).mappings().first()
    return None if row is None else Account(**row)
