"""Records kept in memory, each under the version of the file it was read from."""

from __future__ import annotations

from quart_app.sessions.record import Record

# A file's time of change, and the kernel's own note of when that was set. A tool that puts the
# first one back, as some do for backups, cannot help moving the second.
Version = tuple[int, int]

MOST_COPIES = 4_096
MOST_BYTES = 8_192  # of one record


class Copies:
    """The most recently used ones. Whoever takes one asks the file first whether it is current."""

    def __init__(self) -> None:
        self._copies: dict[str, tuple[Record, Version]] = {}

    def get(self, key: str) -> tuple[Record, Version] | None:
        """The copy and its version; now the most recently used."""
        if (copy := self._copies.pop(key, None)) is not None:
            self._copies[key] = copy
        return copy

    def put(self, record: Record, *, version: Version | None) -> None:
        """Keep a copy, and let the one used longest ago go if there are too many."""
        self._copies.pop(record.key, None)
        if version is None or sum(map(len, record.fields.values())) > MOST_BYTES:
            return
        self._copies[record.key] = record, version
        if len(self._copies) > MOST_COPIES:
            del self._copies[next(iter(self._copies))]

    def drop(self, key: str) -> None:
        """Forget the copy, if there is one."""
        self._copies.pop(key, None)
