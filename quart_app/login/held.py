"""How a sign-in lies in a session: read and written here, and nowhere else; does no I/O.

| entry              | holds                                                            |
|--------------------|------------------------------------------------------------------|
| the owner entry    | the account's id: see `SESSION_OWNER_KEY`                        |
| `_login_name`      | the id, the epoch and the name, if there is more than an id      |
| `_login_steps`     | the id, and a `{"method", "at"}` for each step                   |
| `_login_under_way` | all of it, of a sign-in with stages to go, and `begun_at`        |
| `_login_said`      | what the next page is to say                                     |

The first three are texts: what is no text is looked through for changes at every request.
"""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from quart_app.login.account import NOBODY, Account

NAME = "_login_name"
STEPS = "_login_steps"
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
    id = str(owner)
    if (more := _of(id, held.get(NAME))) is None:
        return Account(id=id, name=id)
    epoch, _, name = more.partition("\0")
    return Account(id=id, name=name, epoch=int(epoch) if epoch else None)


def steps_in(held: Held, entry: str) -> tuple[Step, ...]:
    """How its owner signed in; none if that was not by us."""
    known = _of(str(held.get(entry)), held.get(STEPS))
    return () if known is None else tuple(Step(**each) for each in json.loads(known))


def sign_in(held: Held, entry: str, signed_in: SignedIn) -> None:
    """Make the session this account's."""
    account = signed_in.account
    for name in (UNDER_WAY, NAME):
        if name in held:
            del held[name]
    held[entry] = account.id
    epoch = "" if account.epoch is None else account.epoch
    if epoch != "" or account.name != account.id:
        held[NAME] = _with(account.id, f"{epoch}\0{account.name}")
    held[STEPS] = _with(account.id, json.dumps(_written(signed_in)["steps"]))


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


def _with(id: str, text: str) -> str:
    return f"{id}\0{text}"


def _of(id: str, text: object) -> str | None:
    """What was kept with this id; `None` if it is another's."""
    is_its = isinstance(text, str) and text.startswith(f"{id}\0")
    return str(text)[len(id) + 1 :] if is_its else None


def _read(held: Held, name: str) -> SignedIn | None:
    """`None` if it is not there, or is another application's."""
    try:
        known = held[name]
        steps = tuple(Step(method=each["method"], at=each["at"]) for each in known["steps"])
        account = Account(id=known["id"], name=known["name"], epoch=known.get("epoch"))
        return SignedIn(account=account, steps=steps)
    except (KeyError, TypeError):
        return None


def _written(signed_in: SignedIn) -> dict[str, Any]:
    account = signed_in.account
    steps = [{"method": step.method, "at": step.at} for step in signed_in.steps]
    return {"id": account.id, "name": account.name, "epoch": account.epoch, "steps": steps}
