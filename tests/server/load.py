"""Clients that ask without a pause, each request on a connection of its own."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.kit.polling import until

CLIENTS = 4


class Load:
    """What was answered so far, and what failed."""

    def __init__(self, port: int, path: str) -> None:
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self._port = port
        self._path = path
        self._is_over = threading.Event()

    @classmethod
    @contextmanager
    def on(cls, port: int, path: str) -> Iterator[Load]:
        """Asks until the end."""
        load = cls(port, path)
        threads = [threading.Thread(target=load._ask) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield load
        finally:
            load._is_over.set()
            for thread in threads:
                thread.join()

    def goes_on(self, count: int) -> None:
        """Wait for so many answers more."""
        wanted = self.answers.total() + count
        until(lambda: self.answers.total() >= wanted)

    def _ask(self) -> None:
        while not self._is_over.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                connection.request("GET", self._path)
                answer = connection.getresponse()
                text = answer.read().decode()
            except (OSError, http.client.HTTPException) as exc:
                self.failures.append(repr(exc))
            else:
                self.answers[text if answer.status == 200 else f"status {answer.status}"] += 1
            finally:
                connection.close()
