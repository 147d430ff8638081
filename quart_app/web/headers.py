"""The headers that every answer carries, and why."""

from __future__ import annotations

from quart_app.scope import Headers

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)

ON_EVERY_ANSWER = {
    # Where nothing else was said: static files say how long they may be kept.
    "cache-control": "no-store",
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    # Not no-referrer: browsers would then send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",  # for browsers that do not know frame-ancestors
}

# Elsewhere browsers ignore it, and complain of it.
OVER_HTTPS = {"cross-origin-opener-policy": "same-origin"}


def encoded(headers: dict[str, str]) -> Headers:
    """The same, as servers take them."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]
