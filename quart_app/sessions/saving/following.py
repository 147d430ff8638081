"""Takes a change to where its session is by now.

| what comes under a token that moved or ended a moment ago | happens                              |
|-----------------------------------------------------------|--------------------------------------|
| an answer that signs an owner in                          | sets its cookie, inherits nothing    |
| any other, under a moved one                              | leaves the cookie alone, for a while |
| a navigation, under an ended one                          | is a new visitor's                   |
| any other, under an ended one                             | leaves the cookie alone, for a while |
| a change or a sign-out, after a move within one sign-in   | follows                              |
| a change, after a change of who is signed in              | 503, or for GET dropped and logged   |
| a change, after the end                                   | nowhere                              |
| reading                                                   | nothing, ever                        |
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from quart_app.sessions.held import own_fields
from quart_app.sessions.held.seal import Seal, Unopenable, labels
from quart_app.sessions.saving.endings import Ending, Endings
from quart_app.sessions.stores.base import NOTHING, Store
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.record import Lifetime, Record
from quart_app.signals import record_ended

log = logging.getLogger(__name__)

# In two minutes no browser needs a new token that often; an attacker who writes to the store could
# send us on for ever.
MOST_MOVES = 100


class Done(Enum):
    """What became of a request's changes."""

    WENT_ON = auto()
    WAITS = auto()
    """For the answer that carries the cookie."""
    ENDED = auto()
    FOLLOWED = auto()
    """The session had moved: they are where it went, and its cookie is another one."""


class Lost(Enum):
    """Why a change has nowhere to go."""

    ENDED = auto()
    OVERTAKEN = auto()
    """Another request signed in or out meanwhile."""
    UNKNOWN = auto()
    """Expired, or the address is no longer kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a request means to change."""

    set: Mapping[str, bytes] = field(default_factory=lambda: NOTHING)
    unset: Collection[str] = ()
    lifetime: Lifetime | None = None

    def __bool__(self) -> bool:
        return bool(self.set or self.unset or self.lifetime)


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a change was made."""

    record: Record
    seal: Seal
    written: Mapping[str, bytes] = field(default_factory=lambda: NOTHING)
    """Fields as the store has got them."""


async def carry(
    change: Change, *, store: Store, seal: Seal, record: Record | None
) -> Reached | Lost:
    """Patch the session, where it is by now. `record` is what this seal's key had."""
    for _ in range(MOST_MOVES):
        values = dict(change.set)
        if change.lifetime is not None:
            record = record or await store.load(seal.key)
            if record is not None:
                values[own_fields.FACTS] = own_fields.vouched(
                    record.owner, record.created_at, change.lifetime
                )
        written = seal.close(values)
        patched = await store.patch(
            seal.key,
            set=written,
            unset=labels(seal, change.unset),
            lifetime=change.lifetime,
        )
        if patched is not None:
            return Reached(patched, seal, written)
        onward = onward_from(await store.forwarding(seal.key), seal)
        if isinstance(onward, Lost):
            return onward
        seal, record = onward, None
    return Lost.UNKNOWN


async def whereabouts(store: Store, seal: Seal) -> Reached | Lost:
    """Where the session is by now."""
    for _ in range(MOST_MOVES):
        found = await store.find(seal.key)
        if isinstance(found, Record):
            return Reached(found, seal)
        onward = onward_from(found, seal)
        if isinstance(onward, Lost):
            return onward
        seal = onward
    return Lost.UNKNOWN


async def end(key: str, ending: Ending, *, store: Store, endings: Endings) -> Done | Lost:
    """End the session, where it is by now, and tell the pages that show it."""
    ended = await store.end(key)
    if isinstance(ended, Record):
        record_ended.send(store)
        endings.tell(*{key, ended.key})
        endings.ended(ended, ending)
        return Done.ENDED if ended.key == key else Done.FOLLOWED
    endings.tell(key)
    if ended is None:
        return Lost.UNKNOWN
    return Lost.OVERTAKEN if ended.changes_owner else Lost.ENDED


def onward_from(address: ForwardingAddress | None, seal: Seal) -> Seal | Lost:
    """The seal of the session's next record."""
    if address is None:
        return Lost.UNKNOWN
    if address.successor is None:
        return Lost.ENDED
    if address.changes_owner:
        return Lost.OVERTAKEN
    try:
        return seal.successor(address.successor, address.secret)
    except Unopenable as exc:
        log.warning(
            "session not followed: %s", str(exc), extra={"key": seal.key[:12], "reason": str(exc)}
        )
        return Lost.UNKNOWN
