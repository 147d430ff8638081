"""Makes somebody the owner of a session, as the application's own pages would."""

from __future__ import annotations

from datetime import timedelta

from quart import Quart
from quart.sessions import SessionMixin

from quart_app.login import held
from quart_app.login.account import Account, Kept, account_of
from quart_app.login.held import SignedIn, Step
from quart_app.login.sign_ins import EXTENSION, SignIns
from quart_app.sessions.configured import CurrentConfiguration
from quart_app.settings import LOGIN_OWNER_KEY, SessionSettings


def sign_in(
    app: Quart, session: SessionMixin, owner: object, *, proved_ago: timedelta | None
) -> None:
    """Make the session this owner's; with `Login(app)`, as proved by its first stage so long ago,
    or not at all."""
    sign_ins = app.extensions.get(EXTENSION)
    if not isinstance(sign_ins, SignIns):
        session[_owner_key_of(app)] = owner
        return
    account = account_of(owner if isinstance(owner, Account | Kept) else str(owner))
    steps: tuple[Step, ...] = ()
    if proved_ago is not None:
        at = sign_ins.now() - proved_ago.total_seconds()
        steps = (Step(method=sign_ins.first_stage.method, at=at),)
    held.sign_in(session, sign_ins.entry, SignedIn(account=account, steps=steps))
    session.permanent = sign_ins.permanent


def _owner_key_of(app: Quart) -> str:
    """Where an owner goes who is given without the name of an entry. Where SESSION_OWNER_KEY leaves
    it open, that is where the login pages put it."""
    keys = CurrentConfiguration(SessionSettings()).of(app.config).limits.owner_keys
    return LOGIN_OWNER_KEY if LOGIN_OWNER_KEY in keys else keys[0]
