"""What a supervisor has given this process: sockets that listen, and a line to the supervisor."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from contextlib import AbstractContextManager, suppress
from typing import Self

from quart_app.errors import ConfigurationError
from quart_app.server.listening.address import Address, Listening
from quart_app.server.stopping import StopSignals

VARIABLE = "_QUART_APP_WORKER"
# What is said on the line. A worker that hears its end stops too, at once: the supervisor is gone,
# or has another worker in this one's place.
STOP = b"stop"
SERVING = b"serving\n"
FAILED = b"failed\n"
LONGEST_WORD = 65536


def written(line: socket.socket, listening: Listening) -> str:
    """For `VARIABLE`: under which numbers a worker finds these."""
    opened = [(url, sock.fileno()) for url, sock in listening.opened]
    return json.dumps((line.fileno(), opened))


class Inherited:
    """Takes the place of an `Address` in a worker."""

    def __init__(self, line: socket.socket, address: Address) -> None:
        self.address = address
        """Where the supervisor listens."""
        self._line = line

    @classmethod
    def taken(cls) -> Self | None:
        """What the supervisor gave; `None` the second time, or if this process is no worker."""
        given = os.environ.pop(VARIABLE, None)
        if given is None:
            return None
        # Closing a terminal is for the supervisor to hear.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        line, opened = json.loads(given)
        sockets = [(url, _taken(number)) for url, number in opened]
        return cls(_taken(line), Address.given(sockets))

    def listening(
        self, *, backlog: int, mode: int | None = None
    ) -> AbstractContextManager[Listening]:
        """As an `Address` does, where another process has the sockets too."""
        return self.address.listening(backlog=backlog, mode=mode)

    def serving(self, *lines: str) -> None:
        """Tell the supervisor so, and what is to be printed once for all workers."""
        self._say(SERVING, *lines)

    def failed(self, reason: str) -> None:
        """Tell the supervisor why this process cannot serve."""
        self._say(FAILED, reason)

    def watch(self, stop: StopSignals) -> None:
        """From now on the supervisor can ask for a stop, and its own end does. Raises
        `ConfigurationError`."""
        # The event loop would hear of it only when no handler blocks it.
        listener = threading.Thread(target=self._listen, args=(stop,), daemon=True)
        try:
            listener.start()
        except RuntimeError:
            raise ConfigurationError(
                "no thread can be started: raise the limit of processes (ulimit -u, TasksMax)"
            ) from None

    def _listen(self, stop: StopSignals) -> None:
        word: bytes | None = None
        while word != b"":
            try:
                word = self._line.recv(LONGEST_WORD)
            except OSError:  # the supervisor left without reading what it was told
                word = b""
            stop.ask(at_once=not word)

    def _say(self, word: bytes, *lines: str) -> None:
        text = "\n".join(lines).encode(errors="surrogateescape")
        with suppress(OSError):  # the supervisor is gone, which is told in another way
            self._line.send((word + text)[:LONGEST_WORD])


def _taken(number: int) -> socket.socket:
    taken = socket.socket(fileno=number)
    # Not for the programs that the application may start.
    taken.set_inheritable(False)
    return taken
