"""One request or websocket and the session it holds: when the changes are carried out, and what
that means for the cookie."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum, auto
from typing import Any, TypeVar

from quart_app.errors import StoreUnavailable
from quart_app.sessions.cookie import AnyResponse, SessionCookie
from quart_app.sessions.keeper import Keeper, Origin
from quart_app.sessions.plan import Step, decide, is_touch_due
from quart_app.sessions.record import Record
from quart_app.sessions.session import ServerSideSession

log = logging.getLogger(__name__)

T = TypeVar("T")


class CookieDue(Enum):
    """What the response has to say about the cookie."""

    NOTHING = auto()
    SET = auto()
    CLEAR = auto()


class Writes:
    """Changes on their way to the store. Neither a client that hangs up nor a server that stops
    leaves half of one."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def finish(self, change: Coroutine[Any, Any, T]) -> T:
        """Run this to its end, even if whoever waits for it is cancelled."""
        task = asyncio.create_task(change)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait for all that are under way."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        # Looked at here, or asyncio reports it as lost when its waiter was cancelled.
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("session change failed", extra={"reason": str(error)})


@dataclass(slots=True, kw_only=True)
class Visit:
    """Saves the session when it is asked to, and once more at the end."""

    session: ServerSideSession
    keeper: Keeper
    writes: Writes
    cookie: SessionCookie
    origin: Origin
    over_http: bool
    for_static_file: bool = False
    counts_as_seen: bool = True
    """Whether an answer says that somebody is there. That a websocket ends, perhaps after hours,
    never does."""
    cookie_due: CookieDue = CookieDue.NOTHING
    is_answered: bool = False
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Two tasks of one websocket may save at once, and each must see what the other did."""

    def found_dead(self, *, in_background: bool) -> None:
        """The cookie leads nowhere. A script's request, say, may have been overtaken by a sign-in
        in the same browser; were it to clear the cookie, that would be the new one."""
        self.cookie_due = CookieDue.NOTHING if in_background else CookieDue.CLEAR

    def only_looks(self) -> None:
        """It changes nothing, and nobody need be there: a page asks by itself."""
        self.counts_as_seen = False
        self.cookie_due = CookieDue.NOTHING

    async def save(self) -> None:
        """Carry out now what was changed. Raises `StoreUnavailable` and `NoCookiePossible`."""
        await self._save(failed=False, reading_counts=True, is_last=False)

    async def _save(self, *, failed: bool, reading_counts: bool, is_last: bool) -> None:
        async with self.one_at_a_time:
            await self._save_alone(failed=failed, reading_counts=reading_counts, is_last=is_last)

    async def _save_alone(self, *, failed: bool, reading_counts: bool, is_last: bool) -> None:
        now = self.keeper.store.clock()
        record = self.session.record
        if self.session.is_as_found and not (record and is_touch_due(record, now)):
            return  # what most requests come to, found out without much ado
        can_set_cookie = self.over_http and not self.is_answered
        facts = self.session.facts(now=now, failed=failed, can_set_cookie=can_set_cookie)
        if not reading_counts:
            facts = replace(facts, renews_when_read=False)
        plan = decide(facts, now=now)
        if plan.step is Step.NOTHING or self.for_static_file:
            return
        if plan.step in (Step.CREATE, Step.ROTATE) and not is_last:
            # A new token waits for the answer that carries it: should that become an error page,
            # the old one must still be good.
            return
        change = self.keeper.carry_out(plan, facts, self.session, self.origin)
        try:
            if plan.step is Step.CREATE:
                # One call to the store, and whoever hangs up now never gets the cookie.
                record = await change
            else:
                record = await self.writes.finish(change)
        except StoreUnavailable as exc:
            if plan.step is not Step.TOUCH:
                raise
            # Nothing of the visitor's is lost: a store that is full can still be read from.
            log.warning("session not touched", extra={"reason": str(exc)})
            return
        if record is not None:
            self._went_on(record, before=facts.record)
        elif plan.step is Step.DELETE:
            self.cookie_due = CookieDue.CLEAR
        else:
            # It ended meanwhile. If by a sign-in in another tab, the browser has a new cookie by
            # now, which must not be cleared. If not, the next request finds this one dead.
            log.info("session change dropped", extra={"reason": "the session has ended meanwhile"})

    async def conclude(self, *, failed: bool) -> None:
        """The last save of a request. However it ends there is no second: Quart asks again for the
        page that tells of an error, and that must not carry a success."""
        if self.is_answered or self.session.is_broken:
            return
        try:
            counts = self.over_http and self.counts_as_seen
            await self._save(failed=failed, reading_counts=counts, is_last=True)
        finally:
            self.is_answered = True

    def tell(self, response: AnyResponse) -> bool:
        """Put what is due about the cookie into a response; whether anything was."""
        token = self.session.token_for_cookie()
        if self.cookie_due is CookieDue.SET and token is not None:
            self.cookie.set(response, token, max_age=self._max_age())
        elif self.cookie_due is CookieDue.CLEAR:
            self.cookie.clear(response)
        return self.cookie_due is not CookieDue.NOTHING

    def _went_on(self, record: Record, *, before: Record | None) -> None:
        is_new = before is None or record.key != before.key
        was_permanent = before is not None and before.lifetime.permanent
        if is_new or was_permanent or record.lifetime.permanent:
            self.cookie_due = CookieDue.SET

    def _max_age(self) -> timedelta | None:
        record = self.session.record
        if record is None or not record.lifetime.permanent:
            return None
        return timedelta(seconds=int(record.expires_at - record.seen_at))
