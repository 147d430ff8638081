"""Lets connections in while there is room for them."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Sequence
from datetime import timedelta

from quart_app.server.connections.connections import Connections
from quart_app.settings import ServerSettings
from quart_app.signals import connection_refused

# Other tasks of the event loop have their turn in between.
_ACCEPTED_AT_ONCE = 64
# Without room or descriptors the door stays shut for so long: to look again and again, while a
# client knocks, would keep a core busy and fill the log.
_SHUT_SECONDS = 0.1
# Who knocks so soon after it was left to others is taken to be the same.
_KNOCKS_ON_SECONDS = 1.0
# What the kernel takes.
_LONGEST_SILENCE = 32767
_ASKED_AGAIN_AFTER = 5
_WITHOUT_MEANS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Door:
    """In front of one server's connections."""

    def __init__(
        self,
        connections: Connections,
        sockets: Sequence[socket.socket],
        settings: ServerSettings,
        *,
        most: int,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._connections = connections
        self._sockets = sockets
        self._most = most
        self._has_others = settings.workers > 1
        self._timer: asyncio.TimerHandle | None = None
        self._left_at = -_KNOCKS_ON_SECONDS
        for sock in sockets:
            _hand_on(sock, settings)

    def __len__(self) -> int:
        return len(self._connections)

    def counts(self) -> dict[str, int]:
        return self._connections.places.counts()

    def open(self) -> None:
        self._timer = None
        for sock in self._sockets:
            self._loop.add_reader(sock.fileno(), self._answer, sock)

    def close(self) -> None:
        for sock in self._sockets:
            # Clients that have knocked by now are let in: the kernel would cut them off.
            self._answer(sock)
        self._stop_listening()
        for sock in self._sockets:
            sock.close()

    def say_last(self) -> None:
        self._connections.say_last()

    async def drain(self, *, timeout: timedelta) -> None:
        await self._connections.drain(timeout=timeout)

    def _answer(self, sock: socket.socket) -> None:
        for accepted in range(_ACCEPTED_AT_ONCE):
            if len(self._connections) >= self._most:
                if not self._connections.can_make_room:
                    self._say("all are in use")
                    self._shut()
                    return
                if not accepted and self._leaves_it_to_others():
                    return
            try:
                connection, address = sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except MemoryError:
                self._without_means("no memory", is_somebody_there=not accepted)
                return
            except OSError as exc:
                if exc.errno in _WITHOUT_MEANS:
                    self._without_means(exc.strerror, is_somebody_there=not accepted)
                    return
                continue  # the client has left already
            if len(self._connections) >= self._most:
                self._say("one that rests makes room")
                self._connections.make_room()
            connection.setblocking(False)
            self._connections.enter(connection, address[0] if address else "")

    def _leaves_it_to_others(self) -> bool:
        """Whether another process may take the client that knocks, before one that rests here makes
        room for it. Who still knocks a moment later, no other had room for."""
        now = self._loop.time()
        is_left = self._has_others and now - self._left_at > _KNOCKS_ON_SECONDS
        if is_left:
            self._left_at = now
            self._shut()
        return is_left

    def _without_means(self, reason: str | None, *, is_somebody_there: bool) -> None:
        self._say(reason)
        if is_somebody_there:  # the kernel says so even with no client, and that costs a connection
            self._connections.make_room()
        self._shut()

    def _say(self, reason: str | None) -> None:
        connection_refused.send("all", reason=reason, connections=len(self._connections))

    def _stop_listening(self) -> None:
        for sock in self._sockets:
            self._loop.remove_reader(sock.fileno())
        if self._timer is not None:
            self._timer.cancel()

    def _shut(self) -> None:
        self._stop_listening()
        self._timer = self._loop.call_later(_SHUT_SECONDS, self.open)


def _hand_on(sock: socket.socket, settings: ServerSettings) -> None:
    """Every connection has its options from the socket that it came through."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return  # there the kernel knows by itself when the other side is gone
    stalled = int(settings.stalled_timeout.total_seconds() * 1000)
    silent = min(max(1, int(settings.keep_alive_timeout.total_seconds())), _LONGEST_SILENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, stalled)
    # A client that has vanished is asked whether it is there, though nothing is to be sent to it.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, silent)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, min(silent, _ASKED_AGAIN_AFTER))
