"""Joins "this is Ada" to "this browser": accounts, checks, stages, guards, signals."""

from quart_app.errors import TakenBack
from quart_app.login.account import Account
from quart_app.login.attempts import Attempt, Limiter, Slowed
from quart_app.login.current import current_account
from quart_app.login.guards import login_required
from quart_app.login.refused import Refused
from quart_app.login.signals import (
    Refusal,
    session_ended,
    sign_in_refused,
    signed_in,
    signed_out,
)
from quart_app.login.stages import Sent, Stage
from quart_app.sessions.saving.endings import Ending

__all__ = [
    "Account",
    "Attempt",
    "Ending",
    "Limiter",
    "Refusal",
    "Refused",
    "Sent",
    "Slowed",
    "Stage",
    "TakenBack",
    "current_account",
    "login_required",
    "session_ended",
    "sign_in_refused",
    "signed_in",
    "signed_out",
]


def __dir__() -> list[str]:
    return __all__
