"""Time as a process has it that is never kept from running: for limits that a busy machine must not
decide."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

STEP_SECONDS = 0.01
# As much later a thread may wake up without anything being wrong.
USUAL_SECONDS = 0.02


class Undisturbed:
    """How long a block took, less the time in which nothing of this process could run."""

    def __init__(self) -> None:
        self._is_over = threading.Event()
        self._withheld = 0.0
        self._watching = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        self._watching.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._watching.join()
        self.seconds = time.monotonic() - self._began - self._withheld

    def _watch(self) -> None:
        while not self._is_over.is_set():
            began = time.monotonic()
            self._is_over.wait(STEP_SECONDS)
            late = time.monotonic() - began - STEP_SECONDS
            if late > USUAL_SECONDS:
                self._withheld += late
