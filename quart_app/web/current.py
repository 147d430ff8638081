"""What Quart's names stand for during a request."""

from __future__ import annotations

from typing import Any, TypeVar, cast

T = TypeVar("T")


def current(name: T) -> T:
    """The request or session itself: the name that Quart has for it looks it up at every use."""
    return cast(T, cast(Any, name)._get_current_object())
