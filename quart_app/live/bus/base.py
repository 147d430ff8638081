"""How the processes that share sessions tell each other what happened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

Heard = Callable[[bytes], None]
Back = Callable[[], None]


class Bus(ABC):
    """A message may get lost: it is never more than a hint. What goes wrong is logged here."""

    @abstractmethod
    def listen(self, heard: Heard, back: Back) -> None:
        """From now on call `heard` with what others send, and `back` each time that something may
        have been missed before."""

    @abstractmethod
    def send(self, packed: bytes) -> None:
        """Have it sent to all others, in order, without waiting."""

    @property
    def is_crowded(self) -> bool:
        """Whether news should wait. The rest of the room is for sessions that end."""
        return False

    @abstractmethod
    async def close(self) -> None:
        """Send what is left, and hear no more. It may listen again."""


class Alone(Bus):
    """Sessions in memory: nobody else has them."""

    def listen(self, heard: Heard, back: Back) -> None: ...

    def send(self, packed: bytes) -> None: ...

    async def close(self) -> None: ...
