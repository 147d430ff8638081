"""What happens to sign-ins, for whoever subscribes: signals of blinker. The sender is the app.

| signal            | sent once                                | with                       |
|-------------------|------------------------------------------|----------------------------|
| `signed_in`       | the store has the new session            | `account`, `method`, `key` |
| `signed_out`      | the store has ended the session          | `account`, `key`           |
| `sign_in_refused` | a sign-in came to nothing                | `method`, `reason`         |
| `session_ended`   | the store has ended an owner's session   | `key`, `owner`, `reason`   |

`key` is what the store files the session under: safe to log. A sign-out sends both `signed_out` and
`session_ended`. What expires ends without a word. There need not be a request: whoever is turned
away in a flood of sign-ins does not come as far as Quart.
"""

from __future__ import annotations

import asyncio
import logging
from enum import StrEnum
from inspect import isawaitable
from typing import Any

from blinker import NamedSignal, Namespace
from quart import Quart

from quart_app.login.account import Account
from quart_app.sessions.saving.endings import Ending

log = logging.getLogger(__name__)

_names = Namespace()
_under_way: set[asyncio.Future[Any]] = set()


class Refusal(StrEnum):
    """Why a sign-in came to nothing; for whom it was tried is told to nobody."""

    WRONG = "wrong"
    """The name or what should prove it."""
    UNUSABLE = "unusable"
    """What was typed is no name, or is too long, or is missing."""
    SLOWED = "slowed"
    """Too many wrong ones came before."""
    BUSY = "busy"
    """Too many were to be checked at once."""
    TROUBLE = "trouble"
    """The check raised, or a hook did."""
    LATE = "late"
    """A stage was begun, and not finished in time."""
    TAKEN_BACK = "taken back"
    """A hook did not let it stand."""
    CROSS_SITE = "cross-site"
    """The form was another site's."""


signed_in: NamedSignal = _names.signal("signed_in")
signed_out: NamedSignal = _names.signal("signed_out")
sign_in_refused: NamedSignal = _names.signal("sign_in_refused")
session_ended: NamedSignal = _names.signal("session_ended")


def tell_signed_in(app: Quart, account: Account, *, method: str, key: str) -> None:
    """The store has the session of a sign-in whose last step was by this method."""
    _tell(signed_in, app, account=account, method=method, key=key)


def tell_signed_out(app: Quart, account: Account, *, key: str) -> None:
    """The store has ended the session that this account signed out of."""
    _tell(signed_out, app, account=account, key=key)


def tell_refused(app: Quart, *, method: str, reason: Refusal) -> None:
    """A sign-in by this method came to nothing."""
    _tell(sign_in_refused, app, method=method, reason=reason)


def tell_ended(app: Quart, *, key: str, owner: str, reason: Ending) -> None:
    """The store has ended this session."""
    _tell(session_ended, app, key=key, owner=owner, reason=reason)


def _tell(signal: NamedSignal, app: Quart, **told: Any) -> None:
    """Call all receivers. Nothing waits for one that is async, and none that fails undoes what it
    was told of, or keeps it from the others."""
    for receiver in signal.receivers_for(app):
        try:
            result = receiver(app, **told)
        except Exception:
            log.exception("a receiver of %s failed", signal.name)
            continue
        if isawaitable(result):
            task = asyncio.ensure_future(result)
            _under_way.add(task)
            task.add_done_callback(_done)


def _done(task: asyncio.Future[Any]) -> None:
    _under_way.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a receiver of a signal failed", exc_info=error)
