"""A folder of UNIX datagram sockets, one for each process of a machine; blocks, so it is used from
a thread."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import stat
import struct
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from quart_app.settings.folders import make_own

log = logging.getLogger(__name__)

SUFFIX = ".socket"
# Longer ones do not fit into the address of a socket.
LONGEST_PATH = 100
# A process that was stopped keeps its queue full. A sender waits for it once, and no longer: a
# second is what a sign-out has to reach all other processes.
PATIENCE_SECONDS = 0.5
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Unfit(OSError):
    """Another user of the machine could listen there."""


class Mailboxes:
    """The folder, open, and a socket to send from. Raises `OSError` if there is no such folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = os.fspath(folder)
        self._fd = os.open(self._folder, _FOLDER)
        try:
            self._verify()
            self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        except OSError:
            os.close(self._fd)
            raise
        # The kernel's own limit: Python's would ask again and again, without a pause.
        patience = struct.pack("ll", *divmod(round(PATIENCE_SECONDS * 1_000_000), 1_000_000))
        self._sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        self._slow: set[str] = set()

    @classmethod
    def made(cls, folder: Path) -> Self:
        """The same, and the folder is made if it is missing."""
        make_own(folder)
        return cls(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._sender.close()
        os.close(self._fd)

    def new_box(self) -> tuple[str, socket.socket]:
        """A socket of our own, and its name, under which other processes find it from now on."""
        name = f"{os.getpid()}-{secrets.token_hex(8)}{SUFFIX}"
        box = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            box.setblocking(False)
            box.bind(self._address(name))
        except OSError:
            box.close()
            raise
        return name, box

    def remove(self, name: str) -> None:
        """Remove a socket: no process is to send there any more."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._fd)

    def send(self, packed: bytes, *, but_to: str | None, after_a_loss: bytes) -> None:
        """Send to all sockets but `but_to`. A process that missed a message gets `after_a_loss`
        before the next one."""
        names = [name for name in os.listdir(self._fd) if name.endswith(SUFFIX) and name != but_to]
        self._slow.intersection_update(names)
        for name in names:
            try:
                if name in self._slow:
                    self._send(name, after_a_loss, socket.MSG_DONTWAIT)
                    self._slow.discard(name)
                self._send(name, packed)
            except BlockingIOError:
                self._slow.add(name)
                log.warning("a process does not listen", extra={"socket": name})
            except ConnectionRefusedError:
                with suppress(OSError):  # it may be a directory
                    self.remove(name)  # of a process that is no more
            except FileNotFoundError:
                continue
            except OSError as exc:
                log.warning(
                    "a process not told: %s", str(exc), extra={"socket": name, "reason": str(exc)}
                )

    def _send(self, name: str, packed: bytes, flags: int = 0) -> None:
        self._sender.sendto(packed, flags, self._address(name))

    def _address(self, name: str) -> str:
        path = f"{self._folder}/{name}"
        is_short = len(os.fsencode(path)) <= LONGEST_PATH
        return path if is_short else f"/proc/self/fd/{self._fd}/{name}"

    def _verify(self) -> None:
        status = os.fstat(self._fd)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
            raise Unfit(f"{self._folder} is not ours alone: run chmod 700 {self._folder}")
