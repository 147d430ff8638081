"""Finds expired records and left-over list entries, a few at a time."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

from quart_app.sessions.stores.base import Clock, Swept
from quart_app.sessions.stores.filesystem import slots
from quart_app.sessions.stores.filesystem.descriptors import READ
from quart_app.sessions.stores.filesystem.files import NO_FILE, Kept, SessionFiles, kept_until

# A file this old that is no whole record is no longer being made by any process.
_ABANDONED_SECONDS = 600
# Whatever else lies there, another program's or another version's, is left alone.
_RECORD = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}")
_LIST_ENTRY = re.compile(r"[0-9a-f]{3}/[0-9a-f]{40}\.[0-9a-f]{64}")


class Sweeper:
    """Walks round the directory for ever, one bounded step at each call. Two processes that walk
    at the same time do no harm: whether a record has expired is looked at again under its lock."""

    def __init__(self, files: SessionFiles, *, clock: Clock) -> None:
        self._files = files
        self._clock = clock
        self._walk = self._names()
        self._at_work = threading.Lock()

    def step(self, budget: int) -> Swept:
        """Look at up to `budget` files; at none if a step given up as late still runs."""
        if not self._at_work.acquire(blocking=False):
            return Swept(examined=0, removed=0, finished=False)
        try:
            return self._step(budget)
        finally:
            self._at_work.release()

    def _step(self, budget: int) -> Swept:
        examined = removed = 0
        for folder, name in self._walk:
            examined += 1
            removed += self._visit(folder, name)
            if examined == budget:
                return Swept(examined=examined, removed=removed, finished=False)
        self._walk = self._names()
        return Swept(examined=examined, removed=removed, finished=True)

    def _names(self) -> Iterator[tuple[str, str]]:
        # Folder by folder: no descriptor stays open between two steps, and at most one folder's
        # names are held in memory.
        listed = self._files.descriptors.listed
        for top, ours in ((self._files.records, _RECORD), (self._files.owners, _LIST_ENTRY)):
            for shard in listed(top):
                for name in listed(f"{top}/{shard}"):
                    if ours.fullmatch(f"{shard}/{name}"):
                        yield f"{top}/{shard}", name

    def _visit(self, folder: str, name: str) -> bool:
        path = f"{folder}/{name}"
        try:
            if folder.startswith(self._files.owners):
                return self._drop_orphan(path, key=name.rpartition(".")[2])
            return self._drop_expired(path, key=os.path.basename(folder) + name)
        except FileNotFoundError:
            return False  # another process or thread was here first

    def _drop_expired(self, path: str, *, key: str) -> bool:
        try:
            with self._files.descriptors.open(path, READ) as fd:
                expired = slots.newest_header(fd).kept_until <= self._clock()
        except slots.FromNewerVersion:
            return False
        except slots.Damaged:
            return self._drop_abandoned(path)
        except OSError as exc:
            if exc.errno not in NO_FILE:
                raise
            return self._drop_abandoned(path)
        if not expired or self._remove(key):
            return expired
        # A request has prolonged it meanwhile, or its header is all that is left of it.
        return self._files.read(key) is None and self._drop_abandoned(path)

    def _remove(self, key: str) -> bool:
        def has_expired(found: Kept) -> bool:
            return kept_until(found) <= self._clock()

        return self._files.remove(key, only_if=has_expired, lasting=False) is not None

    def _drop_orphan(self, path: str, *, key: str) -> bool:
        if self._files.version(key) is None:
            self._drop_abandoned(path)
        return False

    def _drop_abandoned(self, path: str) -> bool:
        if time.time() - os.lstat(path).st_mtime < _ABANDONED_SECONDS:
            return False
        with suppress(IsADirectoryError):
            os.unlink(path)
            return True
        return False
