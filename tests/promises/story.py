"""What happened, in words short enough to be read: one line for each time somebody had a turn."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class _Event:
    request: int | None
    what: str
    is_stop: bool


@dataclass
class Story:
    """Events in their order; requests have numbers."""

    _events: list[_Event] = field(default_factory=list)

    def tell(self, what: str, *, request: int | None = None) -> None:
        """Something happened, to a request or to all."""
        self._events.append(_Event(request, what, is_stop=False))

    def stops(self, point: str, *, request: int) -> None:
        """A request came to a place and may stand there for a while."""
        self._events.append(_Event(request, f"stops at {point}", is_stop=True))

    def lines(self) -> list[str]:
        """A line for each turn. Where a request stood only in passing is left out."""
        turns: list[list[_Event]] = []
        for event in self._events:
            if turns and event.request is not None and turns[-1][-1].request == event.request:
                turns[-1].append(event)
            else:
                turns.append([event])
        return [_line(turn) for turn in turns]


def _line(turn: list[_Event]) -> str:
    last = turn[-1]
    words = ", ".join(event.what for event in turn if not event.is_stop or event is last)
    return words if last.request is None else f"({last.request}) {words}"
