"""What goes in and out of this room: accounts, clients, events, and the words for what happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

_LONGEST_LABEL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can prove it."""

    id: str
    name: str
    """What it is found by; `shown` is how it was typed."""
    shown: str
    handle: bytes
    """What passkeys call it: random, and never shown."""
    mail: str | None
    mail_confirmed_at: float | None
    language: str | None
    is_admin: bool
    created_at: float
    disabled_at: float | None
    epoch: int
    """How often everything of it was ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who asks, as far as can be seen."""

    address: str
    """Of the network. One that a client has made up must not come this far."""
    device_value: str | None = None
    """What the browser has kept since it signed in."""
    device: str | None = None
    """What it is to be called in lists, such as "Firefox on Linux"."""

    @property
    def label(self) -> str | None:
        """The same, fit to be kept."""
        if self.device is None:
            return None
        shown = (each if each.isprintable() else "\ufffd" for each in self.device[:_LONGEST_LABEL])
        return "".join(shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingNote:
    """A note: sessions of an account that are to end, whoever takes it up."""

    id: str
    account_id: str
    reason: Reason
    keep: str | None
    """The one session that goes on, as its caller named it."""
    epoch: int
    """From here on; sessions of a sign-in that read this one live."""
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A secret was the right one."""

    account: Account
    device_value: str
    """For the browser to keep."""
    to_end: Sequence[EndingNote]
    """Sessions of the account that are to end before it gets one more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Something that ended everything of an account was done."""

    account: Account
    """As it is now."""
    ending: EndingNote
    """To be done with before the answer: `ending_done` is for that."""
    device_value: str
    """For the browser that asked to keep: all of the account's devices are strangers now."""


class Reason(StrEnum):
    """Why everything of an account ends."""

    PASSWORD = "password"  # noqa: S105 - a word for why
    MAIL = "mail"
    DISABLED = "disabled"
    DELETED = "deleted"
    RIGHTS = "rights"
    ASKED = "asked"


class Purpose(StrEnum):
    """What a mailed token is good for, and how long."""

    INVITATION = "invitation"
    RESET = "reset"
    CONFIRM_MAIL = "confirm mail"

    @property
    def lifetime(self) -> timedelta:
        """How long one is good that is not used."""
        return _LIFETIMES[self]


_LIFETIMES = {
    Purpose.INVITATION: timedelta(days=7),
    Purpose.RESET: timedelta(minutes=30),
    Purpose.CONFIRM_MAIL: timedelta(days=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """What a token was bound to."""

    account_id: str | None
    sent_to: str | None


class Kind(StrEnum):
    """What an event is about."""

    SIGN_IN = "sign in"
    PROOF = "current password"
    ADDED = "account added"
    IMPORTED = "account imported"
    PASSWORD = "password set"  # noqa: S105 - a word for what happened
    MAIL = "mail confirmed"
    TOKEN = "token issued"  # noqa: S105 - a word for what happened
    RIGHTS = "rights changed"
    DISABLED = "account disabled"
    ENABLED = "account enabled"
    DELETED = "account deleted"
    UNBLOCKED = "guesses forgotten"
    ENDED = "sessions ended"


class Outcome(StrEnum):
    """How it came out."""

    DONE = "done"
    WRONG = "wrong secret"
    UNKNOWN = "unknown name"
    DISABLED = "disabled"
    SLOWED = "slowed down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the audit. Holds no secret, and no name that was only typed."""

    at: float
    kind: Kind
    outcome: Outcome = Outcome.DONE
    account_id: str | None = None
    name: str | None = None
    actor: str
    """An account's id, `visitor`, or what a command line says of itself."""
    device: str | None = None
    network: str | None = None


VISITOR = "visitor"
