"""Every exception that is raised on purpose, sorted by what the caller would do about it."""

from __future__ import annotations

from enum import StrEnum

from werkzeug.exceptions import HTTPException, ServiceUnavailable, TooManyRequests

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


class Unavailable(QuartAppError, ServiceUnavailable):
    """What keeps something for us is in trouble.

    Also an HTTP 503 with ``Retry-After``, so a handler that lets it pass answers rightly.
    """

    def __init__(self, reason: str, *, may_be_done: bool = False) -> None:
        # The reason is for the log; the visitor gets werkzeug's general words.
        ServiceUnavailable.__init__(self, retry_after=RETRY_AFTER_SECONDS)
        self.reason = reason
        self.may_be_done = may_be_done
        """Whether the change, or half of it, may have been carried out: no process can tell."""

    def __str__(self) -> str:
        return self.reason


class StoreUnavailable(Unavailable):
    """The store itself is: neither "signed in" nor "signed out" is known."""


class AccountsUnavailable(Unavailable):
    """The accounts' database is: neither "known" nor "unknown" can be said."""


class SignedInMeanwhile(QuartAppError, ServiceUnavailable):
    """Changes of a request that belongs to an earlier owner of its browser's session: another
    request of that browser signed in or out meanwhile. Nothing was changed.

    Also an HTTP 503 with ``Retry-After``: sent again, it comes under the new session's cookie.
    """

    def __init__(self) -> None:
        ServiceUnavailable.__init__(self, retry_after=1)

    def __str__(self) -> str:
        return "somebody signed in or out in this browser while the request was under way"


class TakenBack(QuartAppError, HTTPException):
    """Raised by a hook of the application that does not let a sign-in stand: its session has ended
    before its answer leaves, which is this error's page. 401, or another `code`."""

    def __init__(self, reason: str = "", *, code: int = 401) -> None:
        HTTPException.__init__(self)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class SessionGone(QuartAppError):
    """A websocket's session is not known any more: it expired, or its token was replaced over two
    minutes ago. Nothing was stored; the page has to open a new websocket."""


class TooBusy(QuartAppError, ServiceUnavailable):
    """More passwords wait to be checked than can be in time; this one was not, and not counted.

    Also an HTTP 503 whose ``Retry-After`` differs from one to the next.
    """

    def __init__(self, *, retry_after_seconds: int) -> None:
        ServiceUnavailable.__init__(self, retry_after=retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class TooManyGuesses(QuartAppError, TooManyRequests):
    """A pause after wrong guesses is not over; the secret was not looked at.

    Also an HTTP 429 with ``Retry-After``.
    """

    def __init__(self, *, retry_after_seconds: int) -> None:
        TooManyRequests.__init__(self, retry_after=retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class BadCredentials(QuartAppError):
    """An unknown name, a wrong password or a disabled account: the caller is not told which."""


class NameRefused(QuartAppError):
    """A name, an address of mail or a language that no account can have; `problem` says why."""

    def __init__(self, problem: StrEnum) -> None:
        super().__init__(problem)
        self.problem = problem


class NameTaken(QuartAppError):
    """Another account has this name, one that looks like it, or this confirmed address of mail."""


class PasswordRefused(QuartAppError):
    """A password that is not to be set; `problem` says why."""

    def __init__(self, problem: StrEnum) -> None:
        super().__init__(problem)
        self.problem = problem


class HashRefused(QuartAppError):
    """A hash of a password that cannot be imported. The message says why, without the hash."""


class NoSuchAccount(QuartAppError):
    """The account to be changed does not exist, or not any more."""


class TokenRefused(QuartAppError):
    """A mailed token that is unknown, used, expired, or bound to an address that has changed."""
