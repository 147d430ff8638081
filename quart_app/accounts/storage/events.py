"""The audit: a table, and the same in lines of the log once it is so."""

from __future__ import annotations

import logging
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select, update

from quart_app.accounts.storage.database import after_commit
from quart_app.accounts.storage.tables import EVENTS
from quart_app.accounts.words import Event, Kind, Outcome

# Kept elsewhere, its lines are the proof that the table is whole.
_log = logging.getLogger("quart_app.audit")
_NOTE = insert(EVENTS).returning(EVENTS.c.id)


def note(connection: Connection, event: Event) -> None:
    """Write it down, and have it logged once the transaction is committed."""
    said = asdict(event)
    number = connection.execute(_NOTE, said)
    fields = {
        # A record of the log has a name already, which is its logger's.
        "account_name" if key == "name" else key: str(value) if key != "at" else value
        for key, value in {"event": number.scalar_one(), **said}.items()
        if value is not None
    }
    after_commit(connection, lambda: _log.info("%s: %s", event.kind, event.outcome, extra=fields))


def page(connection: Connection, *, after: int, most: int) -> list[tuple[int, Event]]:
    """Those that come next, each with its number."""
    query = select(EVENTS).where(EVENTS.c.id > after).order_by(EVENTS.c.id).limit(most)
    found = []
    for row in connection.execute(query).mappings():
        fields = dict(row)
        number = fields.pop("id")
        words = {"kind": Kind(fields["kind"]), "outcome": Outcome(fields["outcome"])}
        found.append((number, Event(**{**fields, **words})))
    return found


def blank(connection: Connection, account_id: str) -> None:
    """Of an account that is deleted, leave what happened and when, and not who or where."""
    connection.execute(
        update(EVENTS)
        .where(EVENTS.c.account_id == account_id)
        .values(name=None, device=None, network=None)
    )


def sweep(connection: Connection, *, before: float, most: int) -> int:
    """Remove those that are old; returns how many."""
    old = select(EVENTS.c.id).where(EVENTS.c.at < before).limit(most)
    return connection.execute(delete(EVENTS).where(EVENTS.c.id.in_(old))).rowcount
