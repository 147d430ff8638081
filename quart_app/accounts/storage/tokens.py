"""Rows of tokens that are mailed: hashed, bound to what they were sent to, good for one time."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select

from quart_app.accounts.storage.tables import TOKENS
from quart_app.accounts.words import Purpose, Redeemed
from quart_app.errors import TokenRefused


def keep(
    connection: Connection,
    token: str,
    *,
    purpose: Purpose,
    account_id: str | None,
    sent_to: str | None,
    now: float,
) -> None:
    """Of one account, a new one ends those for the same purpose."""
    if account_id is not None:
        connection.execute(
            delete(TOKENS).where(TOKENS.c.account_id == account_id, TOKENS.c.purpose == purpose)
        )
    connection.execute(
        insert(TOKENS).values(
            hash=_hash(token),
            purpose=purpose,
            account_id=account_id,
            sent_to=sent_to,
            created_at=now,
            expires_at=now + purpose.lifetime.total_seconds(),
        )
    )


def look(connection: Connection, token: str, *, purpose: Purpose, now: float) -> Redeemed:
    """What it is bound to. Raises `TokenRefused`."""
    found = connection.execute(
        select(TOKENS.c.account_id, TOKENS.c.sent_to).where(
            TOKENS.c.hash == _hash(token), TOKENS.c.purpose == purpose, TOKENS.c.expires_at > now
        )
    ).first()
    if found is None:
        raise TokenRefused
    return Redeemed(account_id=found.account_id, sent_to=found.sent_to)


def take(connection: Connection, token: str, *, purpose: Purpose, now: float) -> Redeemed:
    """What it was bound to; from now on it is unknown. Raises `TokenRefused`."""
    taken = connection.execute(
        delete(TOKENS)
        .where(TOKENS.c.hash == _hash(token), TOKENS.c.purpose == purpose)
        .returning(TOKENS.c.account_id, TOKENS.c.sent_to, TOKENS.c.expires_at)
    ).first()
    if taken is None or taken.expires_at <= now:
        raise TokenRefused
    return Redeemed(account_id=taken.account_id, sent_to=taken.sent_to)


def remove_all(connection: Connection, account_id: str) -> None:
    """Of this account, whatever they are good for."""
    connection.execute(delete(TOKENS).where(TOKENS.c.account_id == account_id))


def sweep(connection: Connection, *, now: float, most: int) -> int:
    """Remove those that have expired; returns how many."""
    old = select(TOKENS.c.hash).where(TOKENS.c.expires_at <= now).limit(most)
    return connection.execute(delete(TOKENS).where(TOKENS.c.hash.in_(old))).rowcount


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
