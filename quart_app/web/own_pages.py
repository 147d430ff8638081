"""Whether a click or a form is of our own pages: what the browser says, and tokens in forms. Which
sites may ask at all, `origin.py` says."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import blake2b

from quart import Request
from werkzeug.exceptions import Forbidden

from quart_app.origin import is_from_own_page

_OF_BROWSERS = (
    *("Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Purpose", "Purpose"),
    *("Origin", "Referer", "Upgrade-Insecure-Requests"),
)


def is_from_browser(request: Request) -> bool:
    """Whether anything tells of a browser that sends cookies unasked."""
    # Over plain http, and from a page that keeps its address back, only its own name may be left.
    names_itself = request.headers.get("User-Agent", "").startswith("Mozilla/")
    return names_itself or any(name in request.headers for name in _OF_BROWSERS)


def is_click_on_own_page(request: Request) -> bool:
    """Whether the browser says that the visitor followed a link of ours; not if it looked ahead."""
    looks_ahead = "Sec-Purpose" in request.headers or "Purpose" in request.headers
    return not looks_ahead and is_from_own_page(request)


class Tokens:
    """A value that only our own pages can hold, for the forms of one session; kept nowhere."""

    def __init__(self, secret_keys: Iterable[str | bytes]) -> None:
        """The first key makes tokens; forms that were sent out under the others still count."""
        as_bytes = [key.encode() if isinstance(key, str) else key for key in secret_keys]
        self._keys = [hmac.digest(key, b"quart_app: tokens in forms", "sha256") for key in as_bytes]

    def make(self, session_id: str) -> str:
        """The token of this session's forms."""
        return _token(self._keys[0], session_id)

    def verify(self, token: str, session_id: str) -> None:
        """Raises 403 if the token is of another session's forms."""
        made = [_token(key, session_id).encode() for key in self._keys]
        if not any(hmac.compare_digest(token.encode(), each) for each in made):
            raise Forbidden


def _token(key: bytes, session_id: str) -> str:
    # BLAKE2 takes a key by itself: an HMAC by OpenSSL took a fiftieth of a signed-in page.
    return blake2b(session_id.encode(), key=key, digest_size=32).hexdigest()
