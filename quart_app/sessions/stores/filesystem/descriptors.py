"""Opening files when the process may have run out of descriptors, and locking them with a limit."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TypeVar

from quart_app.errors import StoreUnavailable

T = TypeVar("T")

# A program may have put a pipe where a file should be: to open that must not wait for its other
# end.
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
WRITE = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
NEW = WRITE | os.O_CREAT | os.O_EXCL
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)
_LOCK_SECONDS = 0.4
_LONGEST_LOCK_SECONDS = 4.0
_SNATCHED_SECONDS = 0.25
_PAUSE_SECONDS = 0.0005


class Descriptors:
    """Keeps one descriptor in reserve: a server whose connections ate all the others can still
    read sessions, and sign people out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: int | None = None
        self._robbed = False

    def __del__(self) -> None:
        # A store left open, in a test for instance, must not cost a descriptor for ever.
        self._drop()

    def open(self, path: str, flags: int, mode: int = 0) -> OpenFile:
        """An open file, which `with` closes; from the reserve if there is no other descriptor."""
        return OpenFile(self, path, flags, mode)

    def listed(self, folder: str) -> list[str]:
        """The names in a folder, none if there is no such folder; from the reserve if need be."""
        with suppress(FileNotFoundError, NotADirectoryError):
            try:
                return _names_in(folder)
            except OSError as exc:
                if exc.errno not in _OUT_OF_DESCRIPTORS:
                    raise
            with self.lent_spare():
                return insist(lambda: _names_in(folder))
        return []

    def reserve(self) -> None:
        """Take the reserve, while there are descriptors."""
        with self._lock:
            self._take()

    def make_good(self) -> None:
        """Take it again if another thread was quicker the last time."""
        if self._robbed:
            self.reserve()

    def release(self) -> None:
        """Give the reserve back."""
        with self._lock:
            self._drop()
            self._robbed = False

    @contextmanager
    def lent_spare(self) -> Iterator[None]:
        with self._lock:
            self._drop()
            try:
                yield
            finally:
                self._take()

    def _take(self) -> None:
        if self._spare is not None:
            return
        try:
            self._spare = os.open("/", FOLDER)
        except OSError as exc:
            if exc.errno not in _OUT_OF_DESCRIPTORS:
                raise
        # Another thread may have been quicker. Then the next operation tries again.
        self._robbed = self._spare is None

    def _drop(self) -> None:
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None


class OpenFile:
    """What `Descriptors.open` gives. A class, since every operation comes through here, and a
    generator would take three times as long."""

    __slots__ = ("_descriptors", "_fd", "_spare")

    def __init__(self, descriptors: Descriptors, path: str, flags: int, mode: int) -> None:
        self._descriptors = descriptors
        self._spare: ExitStack | None = None
        try:
            self._fd = os.open(path, flags, mode)
        except OSError as exc:
            if exc.errno not in _OUT_OF_DESCRIPTORS:
                self._descriptors.make_good()
                raise
            with ExitStack() as stack:
                stack.enter_context(self._descriptors.lent_spare())
                self._fd = insist(lambda: os.open(path, flags, mode))
                self._spare = stack.pop_all()

    def __enter__(self) -> int:
        return self._fd

    def __exit__(self, *error: object) -> None:
        os.close(self._fd)
        if self._spare is not None:
            self._spare.close()
        self._descriptors.make_good()


def _names_in(folder: str) -> list[str]:
    # Not `listdir`: for thousands of names it keeps the event loop's thread from running.
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def insist(on: Callable[[], T]) -> T:
    """Try on: another thread may snatch what was just freed; it gives it back in a moment."""
    give_up_at = time.monotonic() + _SNATCHED_SECONDS
    while True:
        try:
            return on()
        except OSError as exc:
            if exc.errno not in _OUT_OF_DESCRIPTORS or time.monotonic() > give_up_at:
                raise
        time.sleep(_PAUSE_SECONDS)


def lock(fd: int, kind: int) -> None:
    """Wait for the lock of an open file. Raises `StoreUnavailable` if a stopped process keeps it:
    nobody has written the file meanwhile. Where many take turns, each gets its own."""
    written_at, give_up_at = -1, 0.0
    latest_end = time.monotonic() + _LONGEST_LOCK_SECONDS
    while True:
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            now = time.monotonic()
            if (latest := os.fstat(fd).st_mtime_ns) != written_at:
                written_at, give_up_at = latest, min(now + _LOCK_SECONDS, latest_end)
            elif now > give_up_at:
                raise StoreUnavailable("another process holds the lock of this session") from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return
