"""What a handler wants of the session cookie in one answer."""

from typing import NamedTuple


class CookieAttributes(NamedTuple):
    """Otherwise than the settings have it."""

    secure: bool | None
    samesite: str | None
    partitioned: bool
