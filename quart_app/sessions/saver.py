"""What a session asks to have its changes carried out."""

from __future__ import annotations

from typing import Protocol


class Saver(Protocol):
    """What can carry out a session's changes."""

    async def save(self) -> bool:
        """Carry them out now; whether none is left to wait for an answer."""

    async def reload(self) -> None:
        """Have the session hold what the store has of it now."""
