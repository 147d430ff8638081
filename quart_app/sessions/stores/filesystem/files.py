"""What each store operation does with files. Every method blocks, and runs in a pool thread in one
go, so that an operation costs one hop between threads."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from quart_app.errors import KeyTaken, StoreUnavailable
from quart_app.sessions.stores.filesystem import slots
from quart_app.sessions.stores.filesystem.descriptors import (
    FOLDER,
    NEW,
    READ,
    WRITE,
    Descriptors,
    lock,
)
from quart_app.sessions.stores.filesystem.encoding import decode, encode
from quart_app.sessions.stores.filesystem.links import NoLinks, link
from quart_app.sessions.stores.filesystem.notes import Notes
from quart_app.sessions.stores.forwarding import ForwardingAddress, Retired
from quart_app.sessions.stores.record import Record

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
# What opening or reading a directory, a link, a pipe or a socket comes to.
NO_FILE = (errno.EISDIR, errno.ELOOP, errno.ESPIPE, errno.ENXIO)

# For so long after a session has expired its file stays: a machine whose clock was wrong finds it
# again when that is mended, and has signed nobody out.
KEPT_FOR = timedelta(days=1)

Method = Callable[Concatenate["SessionFiles", str, P], T]
# A file's time of change, and the kernel's own note of when that was set. A tool that puts the
# first one back, as some do for backups, cannot help moving the second.
Version = tuple[int, int]
Kept = Record | Retired
Found = tuple[Kept, Version | None]
Copy = tuple[Record, Version]
Created = tuple[Version | None, int | None]


def kept_until(kept: Kept) -> float:
    """When no process needs the file any more."""
    if isinstance(kept, Retired):
        return kept.expires_at
    return kept.expires_at + KEPT_FOR.total_seconds()


def _absent_is_none(method: Method[P, T]) -> Method[P, T | None]:
    @wraps(method)
    def wrapped(self: SessionFiles, key: str, /, *args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return method(self, key, *args, **kwargs)
        except FileNotFoundError:
            self.notes.verify()
            return None
        except slots.Damaged as exc:
            reason = str(exc)
        except OSError as exc:
            if exc.errno not in NO_FILE:
                raise
            reason = "not a file"
        log.warning(
            "session record unusable: %s", reason, extra={"key": key[:12], "reason": reason}
        )
        return None

    return wrapped


class SessionFiles:
    """The records under one directory: `records/ab/cdef…`, each a file of its own. One that is
    owned has a second name, in `owners/`, made before the first and removed after it, so that no
    record is ever missing from its owner's list. One that is retired becomes its own forwarding
    address, in one write like any other: there is no moment between the two."""

    def __init__(self, root: Path, *, file_mode: int) -> None:
        self.records = f"{root}/records"
        self.owners = f"{root}/owners"
        self.descriptors = Descriptors()
        self.notes = Notes(str(root), self.descriptors, file_mode=file_mode)
        self._file_mode = file_mode

    def record_path(self, key: str) -> str:
        """Where a record lies. Keys are digests, so the folders fill evenly."""
        return f"{self.records}/{key[:2]}/{key[2:]}"

    def owner_path(self, owner: str, key: str) -> str:
        """Where an owner's list has this key. An owner's name can be anything, its digest not."""
        digest = sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.owners}/{digest[:3]}/{digest[3:43]}.{key}"

    def version(self, key: str) -> Version | None:
        """Which version of the record is current, or `None`. The event loop does this itself: the
        kernel has the answer in memory, and a thread hop would take thirty times as long."""
        try:
            return _version(os.lstat(self.record_path(key)))
        except FileNotFoundError:
            return None

    def create(self, record: Record, *, count: bool = False) -> Created:
        """Keep a new record; the version under which a copy may be kept, and how many sessions its
        owner has, if they are to be counted. Raises `KeyTaken`."""
        path = self.record_path(record.key)
        try:
            if record.owner is None:
                return self._write_new(path, record), 0 if count else None
            entry = self.owner_path(record.owner, record.key)
            try:
                version = self._write_new(entry, record, also=path)
            except FileExistsError:
                # On the list already: its maker was killed, or has made the record too.
                version = self._write_new(path, record)
            except NoLinks:
                version = self._write_beside(entry, path, record)
        except FileExistsError as exc:
            raise KeyTaken from exc
        return version, len(self.keys_of(record.owner)) if count else None

    @_absent_is_none
    def read(self, key: str) -> Found:
        """The record, or what it left behind, and the version under which a copy may be kept."""
        with self.descriptors.open(self.record_path(key), READ) as fd:
            # Looked at before reading, so that whatever changes the file from here on shows later.
            status = os.fstat(fd)
            found = slots.read(fd)
            if found is None:
                lock(fd, fcntl.LOCK_SH)
                found = slots.read_locked(fd)
            slot, payload = found
        return _decoded(payload, key), _settled(status, slot.version)

    @_absent_is_none
    def change(
        self, key: str, how: Callable[[Record], Record | None], *, copy: Copy | None = None
    ) -> Found | None:
        """Replace a record by what `how` makes of it; nothing is written if that is `None`. The
        copy spares its being decoded, if it is of the current version."""
        with self._locked(key, copy=copy) as (fd, slot, record):
            if isinstance(record, Retired) or (changed := how(record)) is None:
                return None
            version = slots.write(fd, encode(changed), after=slot, kept_until=kept_until(changed))
            return changed, _settled(os.fstat(fd), version)

    @_absent_is_none
    def retire(self, key: str, address: ForwardingAddress, *, now: float) -> Kept | None:
        """End a record that is live, and return it as it was then; what was left before, if it is
        retired already. No power cut brings it back."""
        with self._locked(key) as (fd, slot, found):
            if isinstance(found, Retired) or not found.is_live(now):
                return found if isinstance(found, Retired) else None
            left = Retired(record=found, address=address)
            try:
                payload = encode(found, address=address)
                slots.write(fd, payload, after=slot, kept_until=kept_until(left))
                os.fsync(fd)
            except OSError as exc:
                log.warning(
                    "no forwarding address kept: %s", exc.strerror, extra={"reason": exc.strerror}
                )
                os.unlink(self.record_path(key))
                self._sync_folder(os.path.dirname(self.record_path(key)))
        self._unlist(found)
        return found

    @_absent_is_none
    def remove(self, key: str, *, only_if: Callable[[Kept], bool], lasting: bool) -> Kept | None:
        """Remove what is there and return it as it was then. `lasting`: no power cut brings it
        back."""
        path = self.record_path(key)
        with self._locked(key) as (_, _, found):
            if not only_if(found):
                return None
            os.unlink(path)
        if lasting:
            self._sync_folder(os.path.dirname(path))
        self._unlist(found if isinstance(found, Record) else found.record)
        return found

    def keys_of(self, owner: str) -> list[str]:
        """The keys in an owner's list; some may have no record any more."""
        folder, _, prefix = self.owner_path(owner, "").rpartition("/")
        if not (names := self.descriptors.listed(folder)):
            self.notes.verify()
        return [name[len(prefix) :] for name in names if name.startswith(prefix)]

    def _write_beside(self, entry: str, path: str, record: Record) -> Version | None:
        """Where files have one name only: the entry is there, and empty."""
        try:
            return self._write_new(path, record)
        except FileExistsError:
            raise
        except (OSError, StoreUnavailable):
            # On a full disk, entries of visitors who try again and again would pile up.
            with suppress(OSError):
                os.unlink(entry)
            raise

    def _write_new(self, path: str, record: Record, *, also: str | None = None) -> Version | None:
        """Write a file that there is not, and give it a second name when it is whole."""
        made = [path]
        new = self._in_folder_of(path, lambda: self.descriptors.open(path, NEW, self._file_mode))
        with new as fd:
            try:
                if also is None:
                    # A process that finds the key listed may change the record before we are done.
                    lock(fd, fcntl.LOCK_EX)
                version = slots.write(fd, encode(record), after=None, kept_until=kept_until(record))
                if also is not None:
                    self._in_folder_of(also, lambda: link(path, also))
                    made.insert(0, also)
                return _settled(os.fstat(fd), version)
            except NoLinks:
                os.ftruncate(fd, 0)  # the entry stays, and there will be a file beside it
                raise
            except FileExistsError:
                raise  # an entry too many, or that of a writer that was quicker
            except (OSError, StoreUnavailable):
                for name in made:
                    os.unlink(name)
                raise

    @contextmanager
    def _locked(
        self, key: str, *, copy: Copy | None = None
    ) -> Iterator[tuple[int, slots.Slot, Kept]]:
        """What is there, which no other process changes meanwhile. Raises `FileNotFoundError`."""
        with self.descriptors.open(self.record_path(key), WRITE) as fd:
            lock(fd, fcntl.LOCK_EX)
            # Raises if it was signed out while we waited for the lock.
            if not os.path.samestat(os.fstat(fd), os.lstat(self.record_path(key))):
                raise FileNotFoundError
            slot, payload = slots.read_locked(fd)
            if copy is not None and copy[1][0] == slot.version:
                yield fd, slot, copy[0]
            else:
                yield fd, slot, _decoded(payload, key)

    def _in_folder_of(self, path: str, make: Callable[[], T]) -> T:
        try:
            return make()
        except FileNotFoundError:
            self.notes.verify()
            shard = os.path.dirname(path)
            for folder in (os.path.dirname(shard), shard):
                with suppress(FileExistsError):
                    os.mkdir(folder, 0o700)
            return make()

    def _unlist(self, record: Record) -> None:
        if record.owner is not None:
            # The session has ended; an entry too many in the list is swept one day.
            with suppress(OSError):
                os.unlink(self.owner_path(record.owner, record.key))

    def _sync_folder(self, folder: str) -> None:
        try:
            with self.descriptors.open(folder, FOLDER) as fd:
                os.fsync(fd)
        except OSError as exc:
            # The session has ended all the same; only a power cut now could bring it back.
            log.warning(
                "session folder not synced: %s", exc.strerror, extra={"reason": exc.strerror}
            )


def _version(status: os.stat_result) -> Version:
    return status.st_mtime_ns, status.st_ctime_ns


def _settled(status: os.stat_result, version: int) -> Version | None:
    """The version of a file, unless its times tell of another one than was read or written."""
    return _version(status) if status.st_mtime_ns == version else None


def _decoded(payload: bytes, key: str) -> Kept:
    try:
        found = decode(payload)
    except ValueError as exc:
        raise slots.Damaged("not a record") from exc
    record = found if isinstance(found, Record) else found.record
    if record.key != key:
        raise slots.Damaged("the record of another session")
    return found
