"""Tokens that only our own pages can hold, for the forms of one session."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import blake2b

from werkzeug.exceptions import Forbidden


class FormTokens:
    """Makes them by keys, and keeps none."""

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
