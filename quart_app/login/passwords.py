"""Asks for the password of an account that is kept here. Needs the extra `accounts`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from quart_app.accounts import Client
from quart_app.accounts.passwords.rules import PasswordProblem
from quart_app.errors import (
    BadCredentials,
    PasswordRefused,
    TooBusy,
    TooManyGuesses,
    Unavailable,
)
from quart_app.login.account import Account, account_of
from quart_app.login.members import Members
from quart_app.login.names import name_from, password_from
from quart_app.login.refused import Refused
from quart_app.login.signals import Refusal
from quart_app.login.stages import Sent, busy, in_trouble, slowed, wrong
from quart_app.login.texts import translatable
from quart_app.sessions.http.device import device_label

_ = translatable
UNFIT = {
    PasswordProblem.TOO_SHORT: _("Take at least 15 characters: a few words will do."),
    PasswordProblem.TOO_LONG: _("Take no more than 256 characters."),
    PasswordProblem.LISTED: _("This password is not taken here. Take another one."),
    PasswordProblem.COMMON: _("Many people have this password. Take another one."),
    PasswordProblem.REPEATED: _("This is the same few characters again. Take another one."),
    PasswordProblem.SEQUENCE: _("This is mostly a sequence. Take another one."),
    PasswordProblem.WALK: _("These are mostly keys beside each other. Take another one."),
    PasswordProblem.WORD: _("This is little more than one common word. Take another one."),
    PasswordProblem.NAMES: _("This is mostly your name, or this site's. Take another one."),
    PasswordProblem.BREACHED: _("This password was in a leak elsewhere. Take another one."),
}

log = logging.getLogger(__name__)


class ByPassword:
    """The first stage of who has an account."""

    method = "password"
    template = "login/login.html"
    asks_password = True

    def __init__(self, members: Members) -> None:
        self._members = members

    async def is_due(self, account: Account) -> bool:
        """See `Stage`."""
        return True

    async def verify(self, sent: Sent) -> Account:
        """See `Stage`."""
        accounts, asked_again = self._members.accounts, bool(sent.account)
        name = "" if asked_again else name_from(sent.typed_name)
        password = password_from(sent.fields.get("password", ""))
        client = client_of(sent)
        try:
            with refusing(translatable("The name or the password is wrong.")):
                if asked_again:
                    proved = await accounts.prove(sent.account.id, password=password, client=client)
                else:
                    proved = await accounts.sign_in(name, password=password, client=client)
                    for ending in proved.to_end:
                        await self._members.endings.end(ending)
        except Unavailable as exc:  # the accounts, or a store with sessions that are to end first
            log.error("sign-in not looked at: %s", exc, extra={"reason": str(exc)})
            raise in_trouble() from exc
        sent.browser.keeps = proved.device_value
        return account_of(proved.account)


def client_of(sent: Sent) -> Client:
    """The same, as accounts have it."""
    device = device_label(sent.browser.user_agent) or None
    return Client(address=sent.address, device_value=sent.browser.keeps, device=device)


@contextmanager
def refusing(wrong_words: str) -> Iterator[None]:
    """Say why a password is not looked at, or is not the one, in a visitor's words: raises
    `Refused`."""
    try:
        yield
    except BadCredentials as exc:
        raise wrong(wrong_words) from exc
    except TooManyGuesses as exc:
        raise slowed(exc.retry_after_seconds) from exc
    except TooBusy as exc:
        raise busy(exc.retry_after_seconds) from exc


def unfit(exc: PasswordRefused) -> Refused:
    """Why a password is not to be set, in a visitor's words."""
    words = UNFIT[PasswordProblem(exc.problem)]
    return Refused(words, reason=Refusal.UNUSABLE, status=400)
