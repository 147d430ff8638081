"""Keeps in memory what was used last, up to a bound; knows nothing of what that is."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")

# Of one session's fields: bigger ones are made or read anew each time.
MOST_BYTES = 8_192


class Recent(Generic[T]):
    """By key. The one used longest ago goes first."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._kept: dict[str, T] = {}

    def get(self, key: str) -> T | None:
        """What is kept under this key, now the most recently used; or `None`."""
        if (value := self._kept.pop(key, None)) is not None:
            self._kept[key] = value
        return value

    def put(self, key: str, value: T) -> None:
        """Keep this, in place of what was there."""
        self._kept.pop(key, None)
        self._kept[key] = value
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]

    def drop(self, key: str) -> None:
        """Forget it, if it is there."""
        self._kept.pop(key, None)
