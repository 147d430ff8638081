"""Says by which stage the sign-ins of an application begin: `LOGIN_MODE` in code."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from quart import Quart

from quart_app.errors import ConfigurationError
from quart_app.login.attempts import Limiter, MemoryLimiter
from quart_app.login.checks import Check, Checks
from quart_app.login.sign_ins import now_in
from quart_app.login.stages import ByCheck, ByName, Stage
from quart_app.settings import LoginSettings

if TYPE_CHECKING:
    from quart_app.login.members import Members

log = logging.getLogger(__name__)


def first_stage_of(
    app: Quart, settings: LoginSettings, *, check: Check | None, limiter: Limiter | None
) -> tuple[Stage, Members | None]:
    """The stage, and the accounts if it needs some, which are joined to the application. Raises
    `ConfigurationError`."""
    mode = settings.mode or ("name" if check is None else "check")
    if mode == "name":
        if settings.mode is None:
            log.warning("Login believes whatever name is typed: give it a check, or set LOGIN_MODE")
        return ByName(), None
    if mode == "password":
        if check is not None:
            raise ConfigurationError(
                "LOGIN_MODE is 'password', and Login(app, check=…) has a function: take one away"
            )
        members = _with_accounts(app, lets_in=True)
        from quart_app.login.passwords import ByPassword

        return ByPassword(members), members
    if check is None:
        raise ConfigurationError("LOGIN_MODE is 'check': give Login(app, check=…) a function")
    checks = Checks(check, at_once=settings.checks_at_once, wait=settings.check_wait)
    if limiter is None and settings.guesses == "accounts":
        members = _with_accounts(app, lets_in=False)
        from quart_app.login.shared_limiter import SharedLimiter

        return ByCheck(checks, SharedLimiter(members)), members
    if limiter is None:
        limiter = MemoryLimiter(clock=partial(now_in, app))
    return ByCheck(checks, limiter), None


def _with_accounts(app: Quart, *, lets_in: bool) -> Members:
    # Only now: who keeps none need not have what they need.
    from quart_app.login.members import Members

    members = Members(app, clock=partial(now_in, app), lets_in=lets_in)
    members.join()
    return members
