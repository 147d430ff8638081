"""What is noted in the directory itself: which one it is, and whose sessions it keeps."""

from __future__ import annotations

import os
from contextlib import suppress

from quart_app.errors import StoreUnavailable
from quart_app.sessions.stores.filesystem.descriptors import NEW, READ, WRITE, Descriptors

LONGEST_NOTE = 1_000


class Notes:
    """Two small files beside the records. By the first one a directory is known again: one that was
    moved away, or unmounted, leaves an empty one in its place, and that nobody is signed in there
    would not be true."""

    def __init__(self, root: str, descriptors: Descriptors, *, file_mode: int) -> None:
        self._root = root
        self._identity = f"{root}/identity"
        self._application = f"{root}/application"
        self._descriptors = descriptors
        self._file_mode = file_mode
        self._known: tuple[int, int] | None = None

    def know_again(self) -> None:
        """From now on this directory is the one. Raises `OSError`."""
        if self._known is None:
            with (
                suppress(FileExistsError),
                self._descriptors.open(self._identity, NEW, self._file_mode),
            ):
                pass
            self._known = self._seen()

    def forget(self) -> None:
        """Whatever directory is there next is the right one."""
        self._known = None

    def verify(self) -> None:
        """Raises `StoreUnavailable` if another directory is there, or none."""
        if self._known is not None and self._seen() != self._known:
            raise StoreUnavailable(
                f"{self._root} was moved, unmounted or emptied: put it back, or start anew"
            )

    def application(self) -> str | None:
        """Whose sessions these are, as was noted last."""
        try:
            with self._descriptors.open(self._application, READ) as fd:
                return os.pread(fd, LONGEST_NOTE, 0).decode("utf-8", "replace")
        except FileNotFoundError:
            return None

    def note_application(self, application: str) -> None:
        """Note it. Cut short by a crash, it names no known application, and is noted anew."""
        flags = WRITE | os.O_CREAT | os.O_TRUNC
        with self._descriptors.open(self._application, flags, self._file_mode) as fd:
            os.pwrite(fd, application.encode("utf-8", "replace")[:LONGEST_NOTE], 0)

    def _seen(self) -> tuple[int, int] | None:
        # Moving it, and mounting it again, change neither.
        try:
            status = os.lstat(self._identity)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return status.st_ino, status.st_mtime_ns
