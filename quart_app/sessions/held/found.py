"""What the store has of a session, opened: what a handler is to hold; does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quart_app.sessions.held.seal import Seal
from quart_app.sessions.stores.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A record, and what its fields hold."""

    record: Record
    values: Mapping[str, bytes]
    began_at: bytes | None = None
    """The address that the session is bound to, if it is."""
    is_rotation_due: bool = False
    first_key: str | None = None
    """If it was another one: the key that the session had when its owner signed in."""


@dataclass(frozen=True, slots=True)
class Found:
    """A live session, and the token that opened it."""

    token: str
    opened: Opened
    seal: Seal | None = None
    """Its own, if it was made already."""
