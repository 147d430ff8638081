"""Visitors who ask all the time, and remember each request that was not answered."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from tests.soak.site import Peer

REQUESTS_EACH = 50  # before a visitor connects anew
PATIENCE_SECONDS = 20.0
NOWHERE = ("not connected", 0)
PAUSE_SECONDS = 0.005

_ASKS = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "


class Visitors:
    """Some of them, each on a connection of its own at a time."""

    def __init__(self, port: int, count: int) -> None:
        self._port = port
        self._answered = [0] * count
        self._lost: list[Peer] = []
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._come_again, args=(number,)) for number in range(count)
        ]

    @classmethod
    @contextmanager
    def asking(cls, port: int, *, count: int) -> Iterator[Self]:
        visitors = cls(port, count)
        for each in visitors._threads:
            each.start()
        try:
            yield visitors
        finally:
            visitors._is_over.set()
            for each in visitors._threads:
                each.join()

    @property
    def answered(self) -> int:
        """How many requests were."""
        return sum(self._answered)

    def lost_since_asked(self) -> set[Peer]:
        """From where requests were sent that were not answered."""
        lost, self._lost = self._lost, []
        return set(lost)

    def _come_again(self, number: int) -> None:
        while not self._is_over.is_set():
            name: Peer = NOWHERE
            try:
                with socket.create_connection(("127.0.0.1", self._port), PATIENCE_SECONDS) as sock:
                    name = sock.getsockname()
                    self._visit(sock, number)
            except OSError:
                self._lost.append(name)

    def _visit(self, sock: socket.socket, number: int) -> None:
        for _ in range(REQUESTS_EACH):
            sock.sendall(_ASKS)
            _read_answer(sock)
            self._answered[number] += 1
            if self._is_over.wait(PAUSE_SECONDS):
                return


def _read_answer(sock: socket.socket) -> None:
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(sock)
    head = data[: end + 2].lower()
    if not head.startswith(b"http/1.1 200 "):
        raise ConnectionError(f"answered with {head!r}")
    length = int(head.partition(_LENGTH)[2].partition(b"\r\n")[0])
    while len(data) < end + 4 + length:
        data += _more(sock)


def _more(sock: socket.socket) -> bytes:
    data = sock.recv(65536)
    if not data:
        raise ConnectionError("ended before all of an answer was there")
    return data
