"""The sessions that the benchmarks keep: a name, a cart and a few settings, as a real one has."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256

from quart_app.sessions import Lifetime, Record
from quart_app.sessions.held.codec import encode
from quart_app.sessions.held.seal import TokenSeal

VALUES = {"name": "Ada", "cart": [{"id": 17, "count": 2}, {"id": 4, "count": 1}], "lang": "fr"}
_SEAL = TokenSeal.of("benchmark")
FIELDS = _SEAL.close({name: encode(name, value) for name, value in VALUES.items()})
CHANGE = _SEAL.close({"lang": encode("lang", "en")})


@lru_cache(maxsize=8_192)
def key(number: int) -> str:
    """The key of the session with this number; spread as real ones are."""
    return sha256(number.to_bytes(8, "big")).hexdigest()


def record(number: int, *, idle: timedelta = timedelta(hours=8)) -> Record:
    """A session that was opened just now."""
    now = time.time()
    lifetime = Lifetime(idle=idle, ends_at=now + timedelta(days=7).total_seconds())
    return Record(key=key(number), fields=FIELDS, created_at=now, seen_at=now, lifetime=lifetime)
