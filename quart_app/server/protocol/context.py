"""What all conversations of a server share: when an answer is the last on its connection."""

from __future__ import annotations

from hypercorn.asyncio.worker_context import WorkerContext


class Context(WorkerContext):
    """Hypercorn's, which knows that the server ends, and not that it is about to."""

    def __init__(self, *, most_requests: int) -> None:
        super().__init__(max_requests=None)
        self._most_requests = most_requests
        self._is_ending = False

    def say_last(self) -> None:
        """From now on every answer is the last on its connection."""
        self._is_ending = True

    def is_last(self, requests: int) -> bool:
        """Whether a connection that has brought so many closes after the answer under way."""
        return self._is_ending or requests >= self._most_requests
