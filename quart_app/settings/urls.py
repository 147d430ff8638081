"""A URL as it may be shown: never with a password."""

from __future__ import annotations

import re

# Of anything else no part is shown: who can tell where the password of a mistyped URL ends?
_PLAIN_URL = re.compile(
    r"((?P<scheme>rediss?|postgresql(\+\w+)?)://(?P<secret>[^?]*@)?"
    r"(?P<place>([\w.-]+|\[[0-9a-fA-F:]+\])(:\d+)?(/[\w-]*)?))"
    r"|(unix|sqlite)://(?P<path>/[\w./-]*)"
)


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    if (found := _PLAIN_URL.fullmatch(url)) is None:
        return f"{url.partition('://')[0] if '://' in url else ''}://… (not shown in full)"
    if found["path"] is not None or not found["secret"]:
        return url
    return f"{found['scheme']}://***@{found['place']}"
