"""What processes tell each other; does no I/O. Whatever comes in is data from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from quart_app.live import events

MOST_BYTES = 128 * 1024
MOST_KEYS = 500
MOST_OWNER_CHARACTERS = 200
_KEY = re.compile(r"[0-9a-f]{64}")


class Malformed(ValueError):
    """Bytes that are no message of ours."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Sessions that may have ended, or moved: look at the store."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An event for all pages of an owner, or of a session."""

    data: str
    event: str = "message"
    id: str | None = None
    owner: str | None = None
    key: str | None = None

    def encoded(self) -> bytes:
        """The event as pages get it. Raises `ValueError` for what cannot be sent."""
        return events.encode(self.data, event=self.event, id=self.id)


@dataclass(frozen=True, slots=True)
class Missed:
    """Something may have been lost on the way: look at all."""


Message = Ended | News | Missed


def ended(keys: Sequence[str]) -> Iterator[Ended]:
    """One message, or several if it would be too long."""
    for start in range(0, len(keys), MOST_KEYS):
        yield Ended(tuple(keys[start : start + MOST_KEYS]))


def pack(message: Message) -> bytes:
    """The message as bytes. Raises `ValueError` if it is too long to be sent."""
    match message:
        case Ended(keys):
            content: dict[str, Any] = {"ended": keys}
        case News():
            content = {"data": message.data, "event": message.event, "id": message.id}
            content |= {"owner": message.owner, "key": message.key}
        case Missed():
            content = {"missed": True}
    # Owners come from JSON, which allows half a surrogate pair.
    packed = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if len(packed) > MOST_BYTES:
        raise ValueError(f"an event of {len(packed)} bytes is too long: {MOST_BYTES} is the most")
    return packed


def unpack(packed: bytes) -> Message:
    """The message in these bytes. Raises `Malformed`."""
    if len(packed) > MOST_BYTES:
        raise Malformed("too long")
    try:
        content = json.loads(packed.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as exc:
        raise Malformed("not JSON") from exc
    match content:
        case {"ended": [*keys]} if len(keys) <= MOST_KEYS:
            return Ended(tuple(_key(key) for key in keys))
        case {"data": str(data), "event": str(event), "id": id, "owner": owner, "key": key}:
            news = News(
                data=data,
                event=event,
                id=_text(id),
                owner=_owner(owner),
                key=None if key is None else _key(key),
            )
            return _sayable(news)
        case {"missed": True}:
            return Missed()
    raise Malformed("of no known kind")


def _sayable(news: News) -> News:
    try:
        news.encoded()
    except ValueError as exc:
        raise Malformed(str(exc)) from exc
    if (news.owner is None) == (news.key is None):
        raise Malformed("for nobody, or for two")
    return news


def _key(value: Any) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise Malformed("no key")
    return value


def _owner(value: Any) -> str | None:
    if value is not None and len(_text(value) or "") > MOST_OWNER_CHARACTERS:
        raise Malformed("no owner")
    return _text(value)


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Malformed("no text")
    return value
