"""Values as bytes and back: what would come back as something else is refused, but that subclasses
of the types we carry come back as those types."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NoReturn

from flask.json.tag import JSONTag, TaggedJSONSerializer

from quart_app.errors import UnstorableValue
from quart_app.sessions.held.own_fields import MARK

# Assigned once, these cannot change behind the session's back.
IMMUTABLE = (str, int, float, bool, bytes, type(None))
# What JSON has too.
_UNTAGGED = (str, int, float, bool, type(None))


class _ExactDateTime(JSONTag):
    """Flask's own tag drops microseconds, and gives a zone to a time that had none."""

    __slots__ = ()
    key = " d"

    def check(self, value: object) -> bool:
        return isinstance(value, datetime)

    def to_json(self, value: datetime) -> str:
        return value.isoformat()

    def to_python(self, value: str) -> datetime:
        return datetime.fromisoformat(value)


class _StrictDict(JSONTag):
    """JSON would turn a key that is no string into one, so the next request would not find it."""

    __slots__ = ()
    key = ""

    def check(self, value: object) -> bool:
        if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
            raise TypeError("a dict whose keys are not all strings")
        return False


_tags = TaggedJSONSerializer()
_tags.register(_StrictDict, index=0)
_tags.register(_ExactDateTime, force=True, index=0)


def encode(name: str, value: object) -> bytes:
    """The value as bytes. Raises `UnstorableValue`, naming the session's key."""
    if not isinstance(name, str):
        raise UnstorableValue(f"session[{name!r}]: the keys of a session are strings")
    if name.startswith(MARK):
        raise UnstorableValue(f"session[{name!r}]: keys that begin with a NUL are taken")
    try:
        # Not `_tags.dumps`: that falls back to writing dates and decimals as strings.
        text = _written(value if type(value) in _UNTAGGED else _tags.tag(value))
    except (TypeError, ValueError, RecursionError) as exc:
        raise UnstorableValue(f"session[{name!r}] cannot be stored: {exc}") from exc
    # As JSON escapes, two surrogates side by side would come back as one character.
    return text.encode("utf-8", "surrogatepass")


def decode(data: bytes) -> Any:
    """The value that was encoded. Raises `ValueError` if these bytes are not one."""
    text = data.decode("utf-8", "surrogatepass")
    try:
        # Only in what begins like these there is room for a tag.
        return _tags.loads(text) if text.startswith(("{", "[")) else _read(text)
    except (TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise ValueError("not a session value") from exc


def _refuse(value: object) -> NoReturn:
    raise TypeError(
        f"{type(value).__name__} is none of str, int, float, bool, None, list, dict, "
        "tuple, bytes, datetime, UUID, Markup"
    )


_written = json.JSONEncoder(default=_refuse, separators=(",", ":"), ensure_ascii=False).encode
_read = json.JSONDecoder().decode
