"""Server-sent events, read as browsers read them; does no I/O."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a stream."""

    data: str
    event: str = "message"
    id: str = ""
    """The last that the stream has said."""


class EventReader:
    """Makes events of bytes, wherever these are cut."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8-sig")(errors="replace")
        self._rest = ""
        self._is_after_return = False
        self._data: list[str] = []
        self._event = self._id = ""

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that these bytes bring to their end."""
        if not (text := self._decoder.decode(data)):
            return
        if self._is_after_return:
            text = text.removeprefix("\n")
        self._is_after_return = text.endswith("\r")
        *lines, self._rest = _LINE_END.split(self._rest + text)
        for line in lines:
            if line:
                self._take(line)
            elif (event := self._ended()) is not None:
                yield event

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "data":
                self._data.append(value)
            case "event":
                self._event = value
            case "id" if "\0" not in value:
                self._id = value

    def _ended(self) -> Event | None:
        data, event = self._data, self._event
        self._data, self._event = [], ""
        return Event(data="\n".join(data), event=event or "message", id=self._id) if data else None
