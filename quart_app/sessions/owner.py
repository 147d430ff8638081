"""Who a session belongs to, read from what the application stored in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

# An owner is kept readable in the store, so it is kept short.
_MOST_CHARACTERS = 200
# Applications that sign in through another site often store a whole profile. These of its entries
# say who it is; the others may change without anybody signing in or out.
_IDENTIFYING = ("id", "sub", "user_id", "username", "email", "name")
SOMEBODY = "(somebody)"


def owner_in(values: Mapping[str, Any], *, owner_keys: Iterable[str]) -> str | None:
    """The owner that the first filled one of these keys names, or `None` for a visitor."""
    for key in owner_keys:
        if values.get(key):
            return owner_named_by(values[key])
    return None


def owner_named_by(value: object) -> str:
    """The one spelling under which this owner's sessions are listed."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in _IDENTIFYING if value.get(key)), None)
    if not isinstance(value, str | int | UUID):
        return SOMEBODY
    name = str(value)
    if len(name) > _MOST_CHARACTERS:
        return "sha256:" + sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return name
