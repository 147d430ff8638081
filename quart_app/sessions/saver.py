"""What a session asks to have its changes carried out."""

from __future__ import annotations

from typing import Protocol


class Saver(Protocol):
    """Whoever can carry out a session's changes."""

    async def save(self) -> None:
        """Carry them out now."""
