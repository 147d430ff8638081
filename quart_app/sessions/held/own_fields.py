"""Fields of ours beside the application's, in the same record and under the same seal; does no I/O.

No entry of an application can have these names, and no `session.clear()` reaches them.
"""

from __future__ import annotations

import struct

from quart_app.sessions.stores.record import Lifetime

MARK = "\0"
# Where a session that is bound to an address began.
ADDRESS = f"{MARK}address"
# What the store keeps readable, said once more where only the token's holder could have said it.
FACTS = f"{MARK}facts"
# Something appeared that looks like signing in, when no cookie could be set: the next answer that
# can gives a new token.
ROTATION_DUE = f"{MARK}rotation"

# The first key that the session had under its present owner: its pages know it by that.
FIRST_KEY = f"{MARK}first_key"
ALL = (ADDRESS, FACTS, ROTATION_DUE, FIRST_KEY)
# What a new record has of its own.
OF_ONE_RECORD = (ADDRESS, FACTS, FIRST_KEY)
_FACTS = struct.Struct(">ddd??")


def vouched(owner: str | None, created_at: float, lifetime: Lifetime) -> bytes:
    """Owner, start and limits of a record: an attacker's change in the store is found out."""
    numbers = _FACTS.pack(
        created_at,
        lifetime.idle.total_seconds(),
        lifetime.ends_at,
        lifetime.permanent,
        owner is not None,
    )
    return numbers + (owner or "").encode("utf-8", "surrogatepass")
