"""Rows of credentials: several kinds to one account; of passwords, one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from quart_app.accounts.storage.tables import CREDENTIALS

PASSWORD = "password"  # noqa: S105 - the name of a kind
# Built once, as what every sign-in asks of accounts.
_PASSWORD_OF = select(CREDENTIALS.c.id, CREDENTIALS.c.secret).where(
    CREDENTIALS.c.account_id == bindparam("account_id"), CREDENTIALS.c.kind == PASSWORD
)


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """The hash of one, and which it is: hashing it anew does not make it another."""

    id: str
    secret: str


def password_of(connection: Connection, account_id: str) -> StoredPassword | None:
    """The one that counts, if there is one."""
    row = connection.execute(_PASSWORD_OF, {"account_id": account_id}).first()
    return None if row is None else StoredPassword(row.id, row.secret)


def set_password(
    connection: Connection, account_id: str, *, id: str, secret: str, now: float
) -> None:
    """In place of the one before."""
    connection.execute(
        delete(CREDENTIALS).where(
            CREDENTIALS.c.account_id == account_id, CREDENTIALS.c.kind == PASSWORD
        )
    )
    connection.execute(
        insert(CREDENTIALS).values(
            id=id, account_id=account_id, kind=PASSWORD, secret=secret, created_at=now
        )
    )


def rehash(connection: Connection, stored: StoredPassword, *, secret: str) -> None:
    """Another hash of the same password, if it is still the one."""
    connection.execute(
        update(CREDENTIALS)
        .where(CREDENTIALS.c.id == stored.id, CREDENTIALS.c.secret == stored.secret)
        .values(secret=secret)
    )


def remove_all(connection: Connection, account_id: str) -> None:
    """Whatever it could prove itself with."""
    connection.execute(delete(CREDENTIALS).where(CREDENTIALS.c.account_id == account_id))
