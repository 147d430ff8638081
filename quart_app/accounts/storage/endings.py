"""The one function that ends everything of an account, and the notes that it leaves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Result, bindparam, delete, insert, select, update

from quart_app.accounts.storage import tokens
from quart_app.accounts.storage.tables import ACCOUNTS, ENDINGS
from quart_app.accounts.words import EndingNote, Reason

_PENDING = select(ENDINGS).order_by(ENDINGS.c.at)
_SOME = _PENDING.limit(bindparam("most"))
_OF_ONE = _PENDING.where(ENDINGS.c.account_id == bindparam("account_id"))


def end_everything_of(
    connection: Connection,
    account_id: str,
    *,
    reason: Reason,
    keep: str | None,
    id: str,
    now: float,
) -> EndingNote:
    """End its tokens, and make strangers of its known devices, by raising its epoch; its sessions
    lie elsewhere, so for them this leaves a note. `keep` is for whoever takes it up."""
    tokens.remove_all(connection, account_id)
    epoch = connection.execute(
        update(ACCOUNTS)
        .where(ACCOUNTS.c.id == account_id)
        .values(epoch=ACCOUNTS.c.epoch + 1)
        .returning(ACCOUNTS.c.epoch)
    ).scalar_one()
    ending = EndingNote(id=id, account_id=account_id, reason=reason, keep=keep, epoch=epoch, at=now)
    connection.execute(insert(ENDINGS).values(asdict(ending)))
    return ending


def pending(connection: Connection, *, most: int) -> list[EndingNote]:
    """Notes that no process has done with, the oldest first."""
    return _read(connection.execute(_SOME, {"most": most}))


def pending_of(connection: Connection, account_id: str) -> list[EndingNote]:
    """The same, all of one account."""
    return _read(connection.execute(_OF_ONE, {"account_id": account_id}))


def done(connection: Connection, ending_id: str) -> None:
    """Take the note away; idempotent."""
    connection.execute(delete(ENDINGS).where(ENDINGS.c.id == ending_id))


def _read(rows: Result[Any]) -> list[EndingNote]:
    return [EndingNote(**{**row, "reason": Reason(row["reason"])}) for row in rows.mappings()]
