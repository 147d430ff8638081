"""The steps of signing in, one after the other. A new factor is a stage of its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from quart_app.errors import AccountsUnavailable
from quart_app.login.account import Account
from quart_app.login.attempts import Attempt, Limiter, Slowed
from quart_app.login.checks import Busy, Checks
from quart_app.login.names import name_from, password_from
from quart_app.login.refused import Refused
from quart_app.login.signals import Refusal
from quart_app.login.texts import translatable, translatable_many

log = logging.getLogger(__name__)

# The name's field, here and in the tutorials that these pages come from.
NAME_FIELDS = ("name", "nm", "username")
UNAUTHORIZED, TOO_MANY, UNAVAILABLE = 401, 429, 503
RETRY_AFTER_SECONDS = 5


@dataclass(slots=True, kw_only=True)
class Browser:
    """What the visitor sent it with."""

    user_agent: str = ""
    keeps: str | None = None
    """What it has kept since it signed in before. A stage may give it something else to keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a visitor sent to prove who they are."""

    fields: Mapping[str, str]
    address: str
    account: Account
    """Who the stages before say that it is, or who is signed in and asked again; falsy at first."""
    browser: Browser = field(default_factory=Browser)

    @property
    def typed_name(self) -> str:
        """As it was typed; empty if it was not."""
        return next((self.fields[field] for field in NAME_FIELDS if field in self.fields), "")


class Stage(Protocol):
    """One step. Its template, if it has one of its own, fills the block `fields` of
    `login/login.html`."""

    method: str
    """What the session will say of it."""
    template: str
    asks_password: bool

    async def is_due(self, account: Account) -> bool:
        """Whether this account has to pass it. The first stage of a sign-in is not asked."""

    async def verify(self, sent: Sent) -> Account:
        """Who it is. Raises `Refused`."""


class ByName:
    """Believes whatever name a visitor types: for demos, classrooms, trusted networks."""

    method = "name"
    template = "login/login.html"
    asks_password = False

    async def is_due(self, account: Account) -> bool:
        """See `Stage`."""
        return True

    async def verify(self, sent: Sent) -> Account:
        """See `Stage`."""
        name = name_from(sent.typed_name)
        if sent.account and name != sent.account.name:
            raise wrong(translatable("This is not the name that you logged in with."))
        return Account(id=name, name=name)


class ByCheck:
    """Asks a function of the application's own."""

    method = "check"
    template = "login/login.html"
    asks_password = True

    def __init__(self, checks: Checks, limiter: Limiter) -> None:
        self._checks = checks
        self._limiter = limiter

    async def is_due(self, account: Account) -> bool:
        """See `Stage`."""
        return True

    async def verify(self, sent: Sent) -> Account:
        """See `Stage`."""
        # Who is asked again need not type the name once more.
        name = sent.account.name if sent.account else name_from(sent.typed_name)
        password = password_from(sent.fields.get("password", ""))
        attempt = Attempt(name=name, address=sent.address)
        try:
            succeeded = await self._limiter.admit(attempt)
            found = await self._found(name, password)
            if found is None or (sent.account and found.id != sent.account.id):
                raise wrong(translatable("The name or the password is wrong."))
            await succeeded()
        except Slowed as exc:
            raise slowed(exc.retry_after) from exc
        except AccountsUnavailable as exc:
            log.error("guess not counted: %s", exc, extra={"reason": str(exc)})
            raise in_trouble() from exc
        return found

    async def _found(self, name: str, password: str) -> Account | None:
        try:
            return await self._checks(name, password)
        except Busy as exc:
            raise busy() from exc
        except Exception as exc:
            # Whatever it is, the visitor has done nothing wrong and is not to be told "wrong".
            log.exception("check failed")
            raise in_trouble() from exc


def wrong(words: str) -> Refused:
    """What a visitor is told who did not prove it: one answer, whatever was wrong."""
    return Refused(words, reason=Refusal.WRONG, status=UNAUTHORIZED)


def slowed(retry_after: int) -> Refused:
    """What a visitor is told before whom there were too many tries."""
    words = translatable_many(
        "That was too often. Try again in %(count)s second.",
        "That was too often. Try again in %(count)s seconds.",
    )
    return Refused(words, reason=Refusal.SLOWED, status=TOO_MANY, retry_after=retry_after)


def busy(retry_after: int = RETRY_AFTER_SECONDS) -> Refused:
    """What a visitor is told before whom too many wait."""
    words = translatable("Too many people are logging in right now. Try again in a moment.")
    return Refused(words, reason=Refusal.BUSY, status=UNAVAILABLE, retry_after=retry_after)


def in_trouble() -> Refused:
    """What a visitor is told when it cannot be known whether they are right."""
    words = translatable("Logging in does not work right now. Try again in a moment.")
    return Refused(
        words, reason=Refusal.TROUBLE, status=UNAVAILABLE, retry_after=RETRY_AFTER_SECONDS
    )
