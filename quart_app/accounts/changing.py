"""What changes an account, each in one transaction that also ends what has to end: no caller can
forget it. Comes back: the account as it is now, and the ending, if there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection

from quart_app.accounts import guesses
from quart_app.accounts.names import Name
from quart_app.accounts.storage import accounts, attempts, credentials, endings, events, tokens
from quart_app.accounts.words import Account, EndingNote, Event, Kind, Purpose, Reason
from quart_app.errors import BadCredentials, NoSuchAccount, TokenRefused

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes something, when, and what goes on afterwards."""

    actor: str
    now: float
    new_id: Callable[[], str]
    keep: str | None = None
    device: str | None = None
    network: str | None = None


def add(
    connection: Connection,
    account: Account,
    *,
    name: Name,
    secret: str | None,
    change: Change,
    kind: Kind = Kind.ADDED,
) -> None:
    """Raises `NameTaken`, and has changed nothing then."""
    accounts.add(connection, account, name=name)
    if secret is not None:
        _set_password(connection, account, secret=secret, change=change)
    _note(connection, account, kind=kind, change=change)


def by_name(connection: Connection, name: str, *, function: Callable[[Connection, str], T]) -> T:
    """Do it to the account with this name. Raises `NoSuchAccount`."""
    if (account := accounts.by_name(connection, name)) is None:
        raise NoSuchAccount
    return function(connection, account.id)


def set_password(
    connection: Connection,
    account_id: str,
    *,
    secret: str,
    change: Change,
    instead_of: str | None = None,
) -> tuple[Account, EndingNote]:
    """Raises `NoSuchAccount`; and `BadCredentials` if the password whose id is given, which the
    caller has proved to know, is not the one any more."""
    account = _existing(connection, account_id)
    if instead_of is not None:
        stored = credentials.password_of(connection, account_id)
        if stored is None or stored.id != instead_of or account.disabled_at is not None:
            raise BadCredentials
    return _with_password(connection, account, secret=secret, change=change)


def reset_password(
    connection: Connection, token: str, *, secret: str, change: Change
) -> tuple[Account, EndingNote]:
    """By a token that was mailed. Raises `TokenRefused`."""
    account = account_of_reset(connection, token, now=change.now, take=True)
    return _with_password(
        connection, account, secret=secret, change=replace(change, actor=account.id)
    )


def account_of_reset(
    connection: Connection, token: str, *, now: float, take: bool = False
) -> Account:
    """Whose password it is good for. Raises `TokenRefused`, also where the address of mail that it
    was sent to is not the account's any more."""
    find = tokens.take if take else tokens.look
    found = find(connection, token, purpose=Purpose.RESET, now=now)
    account = accounts.by_id(connection, found.account_id or "", lock=take)
    is_sent_elsewhere = found.sent_to is not None and account and account.mail != found.sent_to
    if account is None or account.disabled_at is not None or is_sent_elsewhere:
        raise TokenRefused
    return account


def confirm_mail(
    connection: Connection, token: str, *, signed_in_as: str | None, change: Change
) -> tuple[Account, EndingNote]:
    """The address that the token was sent to becomes the account's, whatever else was asked for
    meanwhile. Where none was confirmed before, and the browser is not signed in to the account,
    whatever proves it was set by somebody who need not have this address, and goes.
    Raises `TokenRefused` and `NameTaken`."""
    found = tokens.take(connection, token, purpose=Purpose.CONFIRM_MAIL, now=change.now)
    account = accounts.by_id(connection, found.account_id or "", lock=True)
    if account is None or account.disabled_at is not None:
        raise TokenRefused
    if account.mail_confirmed_at is None and signed_in_as != account.id:
        credentials.remove_all(connection, account.id)
    return _changed(
        connection,
        account,
        kind=Kind.MAIL,
        reason=Reason.MAIL,
        change=replace(change, actor=account.id),
        mail=found.sent_to,
        mail_confirmed_at=change.now,
    )


def disable(
    connection: Connection, account_id: str, *, change: Change
) -> tuple[Account, EndingNote]:
    """Raises `NoSuchAccount`."""
    account = _existing(connection, account_id)
    return _changed(
        connection,
        account,
        kind=Kind.DISABLED,
        reason=Reason.DISABLED,
        change=change,
        disabled_at=change.now,
    )


def enable(connection: Connection, account_id: str, *, change: Change) -> Account:
    """Nothing ends: nothing can have begun. Raises `NoSuchAccount`."""
    account = _existing(connection, account_id)
    accounts.change(connection, account_id, disabled_at=None)
    _note(connection, account, kind=Kind.ENABLED, change=change)
    return replace(account, disabled_at=None)


def set_rights(
    connection: Connection, account_id: str, *, is_admin: bool, change: Change
) -> tuple[Account, EndingNote]:
    """Raises `NoSuchAccount`."""
    account = _existing(connection, account_id)
    return _changed(
        connection,
        account,
        kind=Kind.RIGHTS,
        reason=Reason.RIGHTS,
        change=change,
        is_admin=is_admin,
    )


def end(connection: Connection, account_id: str, *, change: Change) -> tuple[Account, EndingNote]:
    """Because its owner or an administrator asks for it. Raises `NoSuchAccount`."""
    account = _existing(connection, account_id)
    return _changed(connection, account, kind=Kind.ENDED, reason=Reason.ASKED, change=change)


def delete(connection: Connection, account_id: str, *, change: Change) -> EndingNote:
    """What is left of it says that it was there, and not whose it was. Raises `NoSuchAccount`."""
    account = _existing(connection, account_id)
    ending = _end(connection, account, reason=Reason.DELETED, change=change)
    _forget_guesses(connection, account_id)
    _note(connection, account, kind=Kind.DELETED, change=change)
    events.blank(connection, account_id)
    accounts.remove(connection, account_id)
    return ending


def unblock(connection: Connection, account_id: str, *, change: Change) -> None:
    """Forget all guesses at it. Raises `NoSuchAccount`."""
    account = _existing(connection, account_id)
    _forget_guesses(connection, account_id)
    _note(connection, account, kind=Kind.UNBLOCKED, change=change)


def issue_token(
    connection: Connection,
    token: str,
    *,
    purpose: Purpose,
    account_id: str | None,
    sent_to: str | None,
    change: Change,
) -> None:
    """Raises `NoSuchAccount`."""
    account = None if account_id is None else _existing(connection, account_id)
    tokens.keep(
        connection,
        token,
        purpose=purpose,
        account_id=account_id,
        sent_to=sent_to,
        now=change.now,
    )
    _note(connection, account, kind=Kind.TOKEN, change=change)


def _with_password(
    connection: Connection, account: Account, *, secret: str, change: Change
) -> tuple[Account, EndingNote]:
    _set_password(connection, account, secret=secret, change=change)
    _forget_guesses(connection, account.id)
    return _changed(connection, account, kind=Kind.PASSWORD, reason=Reason.PASSWORD, change=change)


def _changed(
    connection: Connection,
    account: Account,
    *,
    kind: Kind,
    reason: Reason,
    change: Change,
    **values: Any,
) -> tuple[Account, EndingNote]:
    if values:
        accounts.change(connection, account.id, **values)
    ending = _end(connection, account, reason=reason, change=change)
    _note(connection, account, kind=kind, change=change)
    return replace(account, epoch=ending.epoch, **values), ending


def _existing(connection: Connection, account_id: str) -> Account:
    if (account := accounts.by_id(connection, account_id, lock=True)) is None:
        raise NoSuchAccount
    return account


def _end(connection: Connection, account: Account, *, reason: Reason, change: Change) -> EndingNote:
    return endings.end_everything_of(
        connection,
        account.id,
        reason=reason,
        keep=change.keep,
        id=change.new_id(),
        now=change.now,
    )


def _set_password(connection: Connection, account: Account, *, secret: str, change: Change) -> None:
    credentials.set_password(
        connection, account.id, id=change.new_id(), secret=secret, now=change.now
    )


def _forget_guesses(connection: Connection, account_id: str) -> None:
    attempts.forget(connection, guesses.of_account(account_id).name)
    attempts.forget_all(connection, beginning=guesses.of_devices(account_id))


def _note(connection: Connection, account: Account | None, *, kind: Kind, change: Change) -> None:
    event = Event(
        at=change.now,
        kind=kind,
        account_id=account.id if account else None,
        name=account.name if account else None,
        actor=change.actor,
        device=change.device,
        network=change.network,
    )
    events.note(connection, event)
