"""What Redis answers, and the records in it; raises for what cannot be an answer to what was asked.
Does no I/O."""

from __future__ import annotations

from typing import Any

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.forwarding import Retired
from quart_app.sessions.stores.recent import MOST_BYTES, Recent
from quart_app.sessions.stores.record import Record
from quart_app.sessions.stores.redis import layout, scripts
from quart_app.sessions.stores.redis.client import WrongType
from quart_app.sessions.stores.redis.seldom import Seldom

LOGGED_OF_A_KEY = 12
MOST_READ = 4_096


class Reader:
    """Reads records, one that is the same to the bit only once; tells of damaged ones, seldom."""

    def __init__(self, log: Seldom) -> None:
        self._log = log
        self._read = Recent[tuple[Any, Record]](most=MOST_READ)

    def record(self, key: str, answer: Any) -> Record | None:
        """The record in an answer; `None` if it says that the session is gone or cannot be read."""
        found = self.found(key, answer)
        return found if isinstance(found, Record) else None

    def found(self, key: str, answer: Any) -> Record | Retired | None:
        """The same, or what a retired record left behind."""
        if answer is None:
            return None
        before = self._read.get(key)
        if before is not None and before[0] == answer:
            return before[1]
        try:
            if isinstance(answer, WrongType) or answer == scripts.DAMAGED:
                raise layout.Damaged
            stored = _pairs(answer)
            if layout.is_retired(stored):
                return layout.unpack_retired(key, stored)
            if not stored:
                return None
            record = layout.unpack(key, stored)
            if record.size <= MOST_BYTES:
                self._read.put(key, (answer, record))
            return record
        except layout.Damaged:
            self._log.warning("session record is damaged", extra={"key": key[:LOGGED_OF_A_KEY]})
            return None


def counted(listed: Any) -> int:
    """How many sessions a list names."""
    if not isinstance(listed, int) or listed < 1:
        raise senseless()
    return listed


def seconds(time: Any) -> float:
    """What the clock of Redis says."""
    try:
        whole, micro = map(int, texts(time))
    except ValueError as exc:
        raise senseless() from exc
    return whole + micro / 1e6


def texts(answer: Any) -> list[bytes]:
    """A list of nothing but bytes."""
    if not isinstance(answer, list) or not set(map(type, answer)) <= {bytes}:
        raise senseless()
    return answer


def senseless() -> StoreUnavailable:
    """To be raised for an answer to something else."""
    return StoreUnavailable("Redis answers what it was not asked: see what else uses these keys")


def _pairs(answer: Any) -> dict[bytes, bytes]:
    """A hash comes from redis-py as a dict, and from a script as names and values in turn."""
    if isinstance(answer, dict):
        texts([*answer, *answer.values()])
        return answer
    if answer == [] or (isinstance(answer, list) and len(answer) % 2):
        raise senseless()
    parts = texts(answer)
    return dict(zip(parts[::2], parts[1::2], strict=True))
