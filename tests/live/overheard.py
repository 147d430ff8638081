"""The way between processes, with a test on it: it says what others might, and hears a return."""

from __future__ import annotations

from quart_app.live.bus.base import Alone, Back, Bus, Heard


class Overheard(Bus):
    """Another bus, or that of a process which is alone."""

    def __init__(self, bus: Bus | None = None) -> None:
        self._bus = bus or Alone()
        self.times_back = 0

    def listen(self, heard: Heard, back: Back) -> None:
        def counted() -> None:
            self.times_back += 1
            back()

        self.say = heard
        """What another process sends."""
        self._bus.listen(heard, counted)

    def send(self, packed: bytes) -> None:
        self._bus.send(packed)

    @property
    def is_crowded(self) -> bool:
        return self._bus.is_crowded

    async def close(self) -> None:
        await self._bus.close()
