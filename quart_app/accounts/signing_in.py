"""What a guess at a secret does in the database: the transaction before it is looked at, and the
one after. Both ask as much for a name that does not exist as for one that does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from quart_app.accounts import guesses
from quart_app.accounts.devices import Device
from quart_app.accounts.guesses import Bucket
from quart_app.accounts.storage import accounts, attempts, credentials, endings, events
from quart_app.accounts.storage.credentials import StoredPassword
from quart_app.accounts.words import VISITOR, Account, EndingNote, Event, Kind, Outcome

_NOBODY = ""  # an id that no account has


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Who guesses at what."""

    kind: Kind
    name: str
    """Canonical."""
    nobodys: Bucket
    """Where it counts if nobody has this name."""
    network: str
    known: Device | None
    """What a key of ours has signed; it may be another account's."""
    device: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A guess that was counted, and may be looked at."""

    guess: Guess
    account: Account | None
    stored: StoredPassword | None
    buckets: tuple[Bucket, ...]
    known: Device | None
    """The browser, if it has signed in to this account since everything of it was ended."""


@dataclass(frozen=True, slots=True)
class Proved:
    """A guess that was right."""

    account: Account
    to_end: Sequence[EndingNote]
    """Notes of sessions that are to end before it gets one more."""


@dataclass(frozen=True, slots=True)
class Slowed:
    """A guess that is not to be looked at."""

    waits: dict[Bucket, float]


def begin(connection: Connection, guess: Guess, *, now: float) -> Admitted | Slowed:
    """Count a guess, unless a pause is not over."""
    account = accounts.by_name(connection, guess.name)
    account_id = account.id if account else _NOBODY
    stored = credentials.password_of(connection, account_id)
    known = guess.known if account and _is_of(guess.known, account) else None
    if known is not None:
        buckets: tuple[Bucket, ...] = (guesses.of_device(account_id, device=known.id),)
    else:
        own = guesses.of_account(account_id) if account else guess.nobodys
        buckets = (own, guesses.of_network(guess.network))
    if waits := attempts.count(connection, buckets, now=now):
        _note(connection, guess, account=account, outcome=Outcome.SLOWED, now=now)
        return Slowed(waits)
    return Admitted(guess=guess, account=account, stored=stored, buckets=buckets, known=known)


def conclude(
    connection: Connection,
    admitted: Admitted,
    *,
    is_right: bool,
    rehashed: str | None,
    now: float,
) -> Proved | None:
    """Note how the guess came out. Whom it proved if it was right, and nothing that it depends on
    has changed since: then the account's guesses are forgotten, and the network gets back this
    one."""
    account_id = admitted.account.id if admitted.account else _NOBODY
    account = accounts.by_id(connection, account_id, lock=True)
    stored = credentials.password_of(connection, account_id)
    outcome = _outcome(admitted, account=account, stored=stored, is_right=is_right)
    _note(connection, admitted.guess, account=account, outcome=outcome, now=now)
    if account is None or outcome is not Outcome.DONE:
        return None
    proved(connection, admitted.buckets)
    if rehashed is not None and stored is not None:
        credentials.rehash(connection, stored, secret=rehashed)
    return Proved(account, endings.pending_of(connection, account.id))


def proved(connection: Connection, buckets: tuple[Bucket, ...]) -> None:
    """Forget the guesses of an account or a device; give back no more than this one to a network,
    or else an account of a guesser's own would buy guesses at others."""
    for bucket in _in_order(buckets):
        if bucket.limit is guesses.BY_NETWORK:
            attempts.give_back(connection, bucket)
        else:
            attempts.forget(connection, bucket.name)


def forgo(connection: Connection, admitted: Admitted) -> None:
    """Take back a guess that was not looked at."""
    for bucket in _in_order(admitted.buckets):
        attempts.give_back(connection, bucket)


def _in_order(buckets: Iterable[Bucket]) -> list[Bucket]:
    # As they are locked when they are counted in: no two transactions wait for each other.
    return sorted(buckets, key=lambda bucket: bucket.name)


def _outcome(
    admitted: Admitted, *, account: Account | None, stored: StoredPassword | None, is_right: bool
) -> Outcome:
    if account is None:
        return Outcome.UNKNOWN
    if account.disabled_at is not None:
        return Outcome.DISABLED
    # By its id: another sign-in may have hashed the same password anew.
    is_same = stored is not None and admitted.stored is not None and stored.id == admitted.stored.id
    return Outcome.DONE if is_right and is_same else Outcome.WRONG


def _is_of(device: Device | None, account: Account) -> bool:
    return device is not None and (device.account_id, device.epoch) == (account.id, account.epoch)


def _note(
    connection: Connection, guess: Guess, *, account: Account | None, outcome: Outcome, now: float
) -> None:
    # A name that nobody has may be a password, typed into the wrong field.
    event = Event(
        at=now,
        kind=guess.kind,
        outcome=outcome,
        account_id=account.id if account else None,
        name=account.name if account else None,
        actor=account.id if account and outcome is Outcome.DONE else VISITOR,
        device=guess.device,
        network=guess.network,
    )
    events.note(connection, event)
