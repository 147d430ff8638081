"""Asks for the password of an account that is kept here. Needs the extra `accounts`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from quart_app.accounts import Client
from quart_app.errors import AccountsUnavailable, BadCredentials, TooBusy, TooManyGuesses
from quart_app.login.account import Account
from quart_app.login.members import Members
from quart_app.login.names import name_from, password_from
from quart_app.login.stages import Sent, busy, in_trouble, slowed, wrong
from quart_app.login.texts import translatable

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
        with refusing(translatable("The name or the password is wrong.")):
            if asked_again:
                proved = await accounts.prove(sent.account.id, password=password, client=client)
            else:
                proved = await accounts.sign_in(name, password=password, client=client)
        sent.browser.keeps = proved.device_value
        account = proved.account
        return Account(id=account.id, name=account.shown, epoch=account.epoch)


def client_of(sent: Sent) -> Client:
    """The same, as accounts have it."""
    browser = sent.browser
    return Client(address=sent.address, device_value=browser.keeps, device=browser.label or None)


@contextmanager
def refusing(wrong_words: str) -> Iterator[None]:
    """Say what accounts raise in a visitor's words: raises `Refused`."""
    try:
        yield
    except BadCredentials as exc:
        raise wrong(wrong_words) from exc
    except TooManyGuesses as exc:
        raise slowed(_seconds(exc)) from exc
    except TooBusy as exc:
        raise busy(_seconds(exc)) from exc
    except AccountsUnavailable as exc:
        log.error("accounts not asked: %s", exc, extra={"reason": str(exc)})
        raise in_trouble() from exc


def _seconds(exc: TooManyGuesses | TooBusy) -> int:
    return int(str(exc.retry_after))
