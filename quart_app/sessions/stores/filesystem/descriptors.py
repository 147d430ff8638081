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

# Somebody may have put a pipe where a file should be: to open that must not wait for its other end.
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
WRITE = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
NEW = WRITE | os.O_CREAT | os.O_EXCL
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)
_LOCK_SECONDS = 0.2
_SNATCHED_SECONDS = 0.05
_PAUSE_SECONDS = 0.0005


class Descriptors:
    """Keeps one descriptor in reserve: a server whose connections ate all the others can still
    read sessions, and sign people out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: int | None = None
        self._robbed = False

    def __del__(self) -> None:
        # A store that nobody closed, in a test for instance, must not cost a descriptor for ever.
        self._drop()

    @contextmanager
    def open(self, path: str, flags: int, mode: int = 0) -> Iterator[int]:
        """An open file, closed at the end; from the reserve if there is no other descriptor."""
        with ExitStack() as stack:
            if self._robbed:
                stack.callback(self.reserve)
            try:
                fd = os.open(path, flags, mode)
            except OSError as exc:
                if exc.errno not in _OUT_OF_DESCRIPTORS:
                    raise
                stack.enter_context(self._lent_spare())
                fd = _insist(lambda: os.open(path, flags, mode))
            stack.callback(os.close, fd)
            yield fd

    def listed(self, folder: str) -> list[str]:
        """The names in a folder, none if there is no such folder; from the reserve if need be."""
        with suppress(FileNotFoundError, NotADirectoryError):
            try:
                return os.listdir(folder)
            except OSError as exc:
                if exc.errno not in _OUT_OF_DESCRIPTORS:
                    raise
            with self._lent_spare():
                return _insist(lambda: os.listdir(folder))
        return []

    def reserve(self) -> None:
        """Take the reserve, while there are descriptors."""
        with self._lock:
            self._take()

    def release(self) -> None:
        """Give the reserve back."""
        with self._lock:
            self._drop()
            self._robbed = False

    @contextmanager
    def _lent_spare(self) -> Iterator[None]:
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
        # Another thread may have been quicker. Then whoever comes next tries again.
        self._robbed = self._spare is None

    def _drop(self) -> None:
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None


def _insist(on: Callable[[], T]) -> T:
    """Another thread of ours may snatch what was just freed; it gives it back in a moment."""
    give_up_at = time.monotonic() + _SNATCHED_SECONDS
    while True:
        try:
            return on()
        except OSError as exc:
            if exc.errno not in _OUT_OF_DESCRIPTORS or time.monotonic() > give_up_at:
                raise
        time.sleep(_PAUSE_SECONDS)


def lock(fd: int, kind: int) -> None:
    """Wait for the lock of an open file, but not for a process that was stopped while it has it."""
    give_up_at = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise StoreUnavailable("another process holds the lock of this session") from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return
