"""Once a second: how late the event loop is, and how many connections there are."""

from __future__ import annotations

import asyncio
from typing import Protocol

from quart_app.observing.metrics import Metrics

EVERY_SECONDS = 1.0


class Counted(Protocol):
    """What can be asked how many connections it has, by their state."""

    def counts(self) -> dict[str, int]: ...


class Pulse:
    """Beats in the event loop of the server, until that ends."""

    def __init__(self, metrics: Metrics, counted: Counted) -> None:
        self._metrics = metrics
        self._counted = counted
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time()

    @classmethod
    def begin(cls, metrics: Metrics, counted: Counted) -> None:
        """From now on."""
        cls(metrics, counted)._beat()

    def _beat(self) -> None:
        self._metrics.lagged(max(0.0, self._loop.time() - self._due))
        self._metrics.connected(self._counted.counts())
        self._due = self._loop.time() + EVERY_SECONDS
        self._loop.call_at(self._due, self._beat)
