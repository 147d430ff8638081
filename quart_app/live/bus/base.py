"""How the processes that share sessions tell each other what happened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

Heard = Callable[[bytes], None]
Back = Callable[[], None]


class Bus(ABC):
    """A message may get lost: readers take it for a hint. The bus logs what goes wrong."""

    @abstractmethod
    def listen(self, heard: Heard, back: Back) -> None:
        """From now on call `heard` with what other processes send, and `back` each time that a
        message may have been missed before."""

    @abstractmethod
    def send(self, packed: bytes) -> None:
        """Have this sent to all other processes, in order, without waiting."""

    @property
    def is_crowded(self) -> bool:
        """Whether a sender of news should wait: the rest of the room is for sessions that end."""
        return False

    @abstractmethod
    async def close(self) -> None:
        """Send what is left, and hear no more. `listen` may be called again."""


class Alone(Bus):
    """For sessions in memory, which no other process has, and for a store without a bus."""

    def listen(self, heard: Heard, back: Back) -> None: ...

    def send(self, packed: bytes) -> None: ...

    async def close(self) -> None: ...
