"""Who is signed in, and how that begins and ends: one for each application."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar, cast

from quart import Quart, after_this_request, session
from quart.typing import ResponseTypes

from quart_app.errors import ConfigurationError, TakenBack
from quart_app.login import held, signals
from quart_app.login.account import Account, Kept, account_of
from quart_app.login.held import SignedIn, Step
from quart_app.login.paths import Paths
from quart_app.login.refused import Refused
from quart_app.login.signals import Refusal
from quart_app.login.stages import Sent, Stage
from quart_app.login.texts import translatable
from quart_app.scope import current
from quart_app.sessions import Record, ServerSideSession
from quart_app.sessions.held.owner import owner_named_by
from quart_app.sessions.http.response import page_of
from quart_app.sessions.interface import ServerSideSessionInterface

EXTENSION = "quart_app.login"

Hook = Callable[[Account, str], Awaitable[None]]
H = TypeVar("H", bound=Hook)


@dataclass(slots=True, kw_only=True)
class SignIns:
    """What guards, pages and the application itself ask. Its sessions may be in a signed cookie,
    which no store has: then hooks and signals come when the answer is made."""

    app: Quart
    entry: str
    """The session's entry that says who is signed in."""
    paths: Paths
    first_stage: Stage
    within: timedelta
    """How long the stages may take together."""
    permanent: bool
    more_stages: list[Stage] = field(default_factory=list)
    own_hooks: tuple[Hook, ...] = ()
    """Before the application's own, which are told of sign-ins that may stand."""
    hooks: list[Hook] = field(default_factory=list)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All that there are, in order."""
        return (self.first_stage, *self.more_stages)

    def now(self) -> float:
        """The time by the clock that the sessions go by."""
        return now_in(self.app)

    def account(self) -> Account:
        """Who is signed in, in this request; falsy for a visitor."""
        return held.account_in(current(session), self.entry)

    def steps(self) -> tuple[Step, ...]:
        """How they proved it."""
        return held.steps_in(current(session), self.entry)

    def has_proved_it(self, *, within: timedelta) -> bool:
        """Whether they did so, by any step, not longer ago than this."""
        since = self.now() - within.total_seconds()
        return any(step.at >= since for step in self.steps())

    async def stage(self) -> Stage:
        """The one that this visitor is to pass next. Raises `Refused` if it took too long."""
        return await self._next(self._under_way()) or self.first_stage

    async def advance(self, sent: Sent) -> Account | None:
        """Pass the next stage with what was sent. Returns who has signed in with it; `None` if
        there are stages to go. Raises `Refused`, of which signals tell."""
        begun = self._under_way()
        stage = await self._next(begun) or self.first_stage
        account = await self._verified(stage, sent, begun.account if begun else sent.account)
        steps = (*(begun.steps if begun else ()), Step(method=stage.method, at=self.now()))
        passed = SignedIn(account=account, steps=steps)
        if await self._next(passed) is not None:
            inside = current(session)
            held.begin(inside, passed, at=self.now())
            if isinstance(inside, ServerSideSession):
                inside.regenerate()  # who planted its token is not to go on from here
            return None
        self._begin(passed)
        return account

    async def confirm(self, sent: Sent) -> None:
        """Have the one who is signed in prove it again, by the first stage. Raises `Refused`."""
        stage = self.first_stage
        account = await self._verified(stage, sent, self.account())
        self.renew(account, method=stage.method)

    def renew(self, account: Account, *, method: str | None) -> None:
        """Have the session of the one who is signed in go on under a new token; with a method, as
        proved once more by it."""
        inside = current(session)
        steps = self.steps()
        if method is not None:
            others = (step for step in steps if step.method != method)
            steps = (*others, Step(method=method, at=self.now()))
        held.sign_in(inside, self.entry, SignedIn(account=account, steps=steps))
        if isinstance(inside, ServerSideSession):
            inside.regenerate()

    def sign_in(self, account: Account | Kept | str, *, method: str) -> None:
        """Make this request's session the account's."""
        if not account or not (account := account_of(account)):
            raise ValueError("an account to sign in needs an id that is not empty")
        self._begin(SignedIn(account=account, steps=(Step(method=method, at=self.now()),)))

    def sign_out(self) -> None:
        """End this request's session, and forget what it held."""
        inside, account = current(session), self.account()
        key = inside.sid if isinstance(inside, ServerSideSession) else ""
        inside.clear()
        if account:
            self._once_saved(partial(self._signed_out, account, key))

    def _begin(self, signed_in: SignedIn) -> None:
        inside = current(session)
        is_same = str(inside.get(self.entry)) == signed_in.account.id
        if is_same and isinstance(inside, ServerSideSession):
            inside.regenerate()
        held.sign_in(inside, self.entry, signed_in)
        inside.permanent = self.permanent
        self._once_saved(partial(self._signed_in, signed_in))

    def _under_way(self) -> SignedIn | None:
        inside = current(session)
        try:
            return held.under_way(inside, now=self.now(), within=self.within)
        except TimeoutError as exc:
            held.forget_what_is_under_way(inside)
            signals.tell_refused(self.app, method=self.first_stage.method, reason=Refusal.LATE)
            words = translatable("That took too long. Begin again.")
            raise Refused(words, reason=Refusal.LATE, status=401) from exc

    async def _next(self, passed: SignedIn | None) -> Stage | None:
        """What is to be passed after that; `None` if nothing is."""
        if passed is None:
            return self.first_stage
        done = {step.method for step in passed.steps}
        for stage in self.stages:
            if stage.method not in done and await stage.is_due(passed.account):
                return stage
        return None

    async def _verified(self, stage: Stage, sent: Sent, account: Account) -> Account:
        try:
            return await stage.verify(replace(sent, account=account))
        except Refused as refused:
            signals.tell_refused(self.app, method=stage.method, reason=refused.reason)
            raise

    def _once_saved(self, callback: Callable[[Record | None], Awaitable[None]]) -> None:
        interface, inside = self.app.session_interface, current(session)
        if isinstance(interface, ServerSideSessionInterface):
            interface.once_saved(cast(ServerSideSession, inside), callback)
            return

        async def at_the_answer(response: ResponseTypes) -> ResponseTypes:
            try:
                await callback(None)
            except TakenBack as exc:
                inside.clear()
                return await page_of(self.app, exc)
            return response

        after_this_request(at_the_answer)

    async def _signed_in(self, signed_in: SignedIn, record: Record | None) -> None:
        account = signed_in.account
        if record is not None and record.owner != owner_named_by(account.id):
            return  # the handler signed somebody else in after all
        key, method = record.key if record else "", signed_in.steps[-1].method
        try:
            for hook in (*self.own_hooks, *self.hooks):
                await hook(account, key)
        except TakenBack:
            signals.tell_refused(self.app, method=method, reason=Refusal.TAKEN_BACK)
            raise
        except Exception:
            signals.tell_refused(self.app, method=method, reason=Refusal.TROUBLE)
            raise
        signals.tell_signed_in(self.app, account, method=method, key=key)

    async def _signed_out(self, account: Account, key: str, record: Record | None) -> None:
        signals.tell_signed_out(self.app, account, key=key)


def now_in(app: Quart) -> float:
    """The time by the clock that an application's sessions go by."""
    interface = app.session_interface
    if isinstance(interface, ServerSideSessionInterface):
        return interface.store.clock()
    return time.time()


def sign_ins_of(app: Quart) -> SignIns:
    """The application's. Raises `ConfigurationError` if it has none."""
    found = app.extensions.get(EXTENSION)
    if not isinstance(found, SignIns):
        raise ConfigurationError(
            "nobody can be signed in here: call Login(app) before the first request"
        )
    return found
