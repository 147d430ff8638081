"""A socket with a path, for a proxy on the same machine."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import ClassVar

from quart_app.server.listening.endpoint import Opened, told

PREFIX = "unix:"
_NO_FOLDER = "make its folder, or choose another path"
_NO_RIGHT = "choose a folder in which this user may make a file"
_CURES = {
    errno.EADDRINUSE: "stop what listens there, or choose another path",
    errno.EEXIST: "what is there is no socket, choose another path",
    errno.ENOENT: _NO_FOLDER,
    errno.ENOTDIR: _NO_FOLDER,
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: _NO_RIGHT,
    errno.ENAMETOOLONG: "choose a path of some 100 characters at most",
}


@dataclass(frozen=True, slots=True)
class UnixEndpoint:
    """Who may connect, the file's mode says, and its folder's."""

    path: str
    is_loopback: ClassVar[bool] = True
    host: ClassVar[None] = None

    @property
    def bind(self) -> str:
        return PREFIX + self.path

    @contextmanager
    def listening(self, *, backlog: int, mode: int | None) -> Iterator[Opened]:
        """In the place of a socket at which nobody listens any more. Removes it at the end."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            try:
                self._begin(sock, backlog, mode)
                ours = _identity(self.path)
            except OSError as exc:
                raise told(self.bind, exc, _CURES, otherwise="choose another path") from exc
            try:
                yield [(self.bind, sock)]
            finally:
                self._remove(ours)

    def _begin(self, sock: socket.socket, backlog: int, mode: int | None) -> None:
        with self._alone(fcntl.LOCK_EX):
            self._make_way()
            try:
                sock.bind(self.path)
            except OSError as exc:
                # Python itself refuses what is too long, and gives it no number.
                raise exc if exc.errno else OSError(errno.ENAMETOOLONG, str(exc)) from None
            if mode is not None:
                os.chmod(self.path, mode)
            # Nobody can connect before.
            sock.listen(backlog)
        sock.setblocking(False)

    def _make_way(self) -> None:
        try:
            found = os.lstat(self.path).st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(found):
            raise OSError(errno.EEXIST, "no socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.setblocking(False)
            with suppress(BlockingIOError):  # there is a queue
                try:
                    probe.connect(self.path)
                except ConnectionRefusedError:
                    os.unlink(self.path)
                    return
        raise OSError(errno.EADDRINUSE, "in use")

    def _remove(self, ours: tuple[int, ...]) -> None:
        # Another server may have come in its place, or be about to.
        with suppress(OSError), self._alone(fcntl.LOCK_EX | fcntl.LOCK_NB):
            if _identity(self.path) == ours:
                os.unlink(self.path)

    @contextmanager
    def _alone(self, how: int) -> Iterator[None]:
        """Of two servers that start, each could take the other's socket for one left behind."""
        folder = os.open(os.path.dirname(self.path) or os.curdir, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, how)
            yield
        finally:
            os.close(folder)


def _identity(path: str) -> tuple[int, ...]:
    found = os.lstat(path)
    # A number is given anew as soon as it is free.
    return found.st_dev, found.st_ino, found.st_mtime_ns
