"""Tokens: how they are made, what they look like, and what is derived from them. Keeps none."""

from __future__ import annotations

import re
import secrets
from hashlib import blake2b, sha256

_BYTES = 32  # 256 bits; in base64url 43 characters
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def new_token() -> str:
    """A fresh secret for one browser's cookie."""
    return secrets.token_urlsafe(_BYTES)


def has_token_shape(text: str) -> bool:
    """Whether a cookie could hold a token of ours; nothing else is worth asking the store for."""
    return _SHAPE.fullmatch(text) is not None


def key_of(token: str) -> str:
    """What the store files the session under. It cannot be turned back into the token."""
    return sha256(token.encode()).hexdigest()


def seal_secret_of(token: str) -> bytes:
    """What the session's fields are sealed with. The store never sees this, nor the token."""
    # Made for deriving keys, and a tenth of the time of HMAC with SHA-256.
    return blake2b(token.encode(), digest_size=32, person=b"quart_app seal").digest()
