"""How a sign-in lies in a session: read and written here, and nowhere else; does no I/O.

| entry              | holds                                                                   |
|--------------------|-------------------------------------------------------------------------|
| the owner entry    | the account's id: see `SESSION_OWNER_KEY`                               |
| `_login`           | `id`, `name`, `epoch`, and in `steps` a `{"method", "at"}` for each     |
| `_login_under_way` | the same of a sign-in that has stages to go, and `begun_at`             |
| `_login_said`      | what the next page is to say                                            |
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from quart_app.login.account import NOBODY, Account

DETAILS = "_login"
UNDER_WAY = "_login_under_way"
SAID = "_login_said"

Held = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One way in which an account proved who it is, and when."""

    method: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An account that has proved who it is, by one step or more."""

    account: Account
    steps: tuple[Step, ...]


def account_in(held: Held, entry: str) -> Account:
    """Whose session it is; `NOBODY` if nobody is signed in. The application itself may have put
    another owner there than our pages did."""
    if not (owner := held.get(entry)):
        return NOBODY
    known = _read(held, DETAILS)
    return known.account if known and known.account.id == str(owner) else _named(owner)


def steps_in(held: Held, entry: str) -> tuple[Step, ...]:
    """How its owner signed in; none if that was not by us."""
    known = _read(held, DETAILS)
    return known.steps if known and known.account.id == str(held.get(entry)) else ()


def sign_in(held: Held, entry: str, signed_in: SignedIn) -> None:
    """Make the session this account's."""
    held.pop(UNDER_WAY, None)
    held[entry] = signed_in.account.id
    held[DETAILS] = _written(signed_in)


def begin(held: Held, signed_in: SignedIn, *, at: float) -> None:
    """Remember which stages have been passed, while others are to go."""
    begun_at = held.get(UNDER_WAY, {}).get("begun_at", at)
    held[UNDER_WAY] = {**_written(signed_in), "begun_at": begun_at}


def under_way(held: Held, *, now: float, within: timedelta) -> SignedIn | None:
    """The stages that have been passed. Raises `TimeoutError` if that began too long ago."""
    if (begun := _read(held, UNDER_WAY)) is None:
        return None
    if now - held[UNDER_WAY]["begun_at"] > within.total_seconds():
        raise TimeoutError
    return begun


def forget_what_is_under_way(held: Held) -> None:
    """Begin a sign-in anew."""
    held.pop(UNDER_WAY, None)


def say_once(held: Held, words: str) -> None:
    """Have the next page say this."""
    held[SAID] = words


def said(held: Held) -> str | None:
    """What the last request wanted this page to say; it is not said again."""
    return held.pop(SAID) if SAID in held else None


def _named(owner: Any) -> Account:
    return Account(id=str(owner), name=str(owner))


def _read(held: Held, name: str) -> SignedIn | None:
    """`None` if it is not there, or is another application's."""
    try:
        known = held[name]
        steps = tuple(Step(method=each["method"], at=each["at"]) for each in known["steps"])
        account = Account(id=known["id"], name=known["name"], epoch=known.get("epoch", 0))
        return SignedIn(account=account, steps=steps)
    except (KeyError, TypeError):
        return None


def _written(signed_in: SignedIn) -> dict[str, Any]:
    account = signed_in.account
    steps = [{"method": step.method, "at": step.at} for step in signed_in.steps]
    written = {"id": account.id, "name": account.name, "steps": steps}
    # Where accounts are not ours, there is none.
    return {**written, "epoch": account.epoch} if account.epoch else written
