"""Every exception that is raised on purpose, sorted by what the caller would do about it."""

from __future__ import annotations

from werkzeug.exceptions import ServiceUnavailable

RETRY_AFTER_SECONDS = 2


class QuartAppError(Exception):
    """The root of them all."""


class ConfigurationError(QuartAppError):
    """A setting that cannot work. The message is one line and names the cure."""


class KeyTaken(QuartAppError):
    """A record was to be created under a key that has one already."""


class NoCookiePossible(QuartAppError):
    """A change needs a cookie in the browser, and no response is left to carry it."""


class UnstorableValue(QuartAppError, TypeError):
    """A value that would not come back from the store as it went in. The message names its key."""


class StoreUnavailable(QuartAppError, ServiceUnavailable):
    """The store itself is in trouble: neither "signed in" nor "signed out" is known.

    Also an HTTP 503 with ``Retry-After``, so a handler that lets it pass answers rightly.
    """

    def __init__(self, reason: str) -> None:
        # The reason is for the log; the visitor gets werkzeug's general words.
        ServiceUnavailable.__init__(self, retry_after=RETRY_AFTER_SECONDS)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
