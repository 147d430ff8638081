"""One request or websocket, and what becomes of its session: when the changes are carried out, and
what that means for the cookie."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum, auto
from typing import Any, TypeVar

from quart.wrappers import Websocket
from quart.wrappers.base import BaseRequestWebsocket as AnyRequest

from quart_app.errors import SessionGone, SignedInMeanwhile, StoreUnavailable, TakenBack
from quart_app.origin import is_navigation
from quart_app.scope import SAFE_METHODS
from quart_app.sessions.held.facts import Facts
from quart_app.sessions.held.found import Found
from quart_app.sessions.held.journal import Journal
from quart_app.sessions.held.session import ServerSideSession
from quart_app.sessions.http.client import Client
from quart_app.sessions.http.cookie import AnyResponse, SessionCookie
from quart_app.sessions.saving.following import Done, Lost
from quart_app.sessions.saving.keeper import Keeper
from quart_app.sessions.saving.opening import Late, Opener
from quart_app.sessions.saving.plan import Step, decide, is_cookie_due, is_touch_due
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.record import Record

log = logging.getLogger(__name__)

T = TypeVar("T")
# It is given what the store has of the session now, if anything. It may raise `TakenBack`.
Saved = Callable[[Record | None], Awaitable[None]]


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

    def begin(self, change: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run this to its end, even if the task that waits for it, with a shield, is cancelled."""
        task = asyncio.create_task(change)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

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
    """Saves the session when it is asked to, and once more at the end. The session holds this, and
    is told to it anew each time: a circle would keep a whole request until Python looks for
    circles."""

    opener: Opener
    keeper: Keeper
    writes: Writes
    cookie: SessionCookie
    client: Client
    request: AnyRequest
    for_static_file: bool = False
    is_doubled: bool = False
    """Whether the browser sent several cookies of this name, of which none was believed."""
    late: Late | None = None
    lost: Lost | None = None
    """Why the session that this began with has no place for changes any more."""
    counts_as_seen: bool = True
    """Whether an answer says that a visitor is there. That a websocket ends, perhaps after hours,
    never does."""
    cookie_due: CookieDue = CookieDue.NOTHING
    is_answered: bool = False
    under_way: asyncio.Task[Any] | None = None
    once_saved: list[Saved] = field(default_factory=list)
    """What waits for the store's yes."""
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Two tasks of one websocket may save at once, and each must see what the other did."""

    @property
    def over_http(self) -> bool:
        """Not so for a websocket, which has no answer to set a cookie with."""
        return not isinstance(self.request, Websocket)

    @property
    def has_moved(self) -> bool:
        """Whether the browser is about to send another cookie, or does so already."""
        return self.late is not None and self.late.address.successor is not None

    def only_looks(self) -> None:
        """The request changes nothing, and no visitor need be there: a page asks by itself."""
        self.counts_as_seen = False
        self.cookie_due = CookieDue.NOTHING

    async def save(self, session: ServerSideSession) -> bool:
        """Carry out now what was changed. What it returns and raises, `ServerSideSession.save`
        says."""
        outcome = await self._carry_out(session, failed=False, reading_counts=True, is_last=False)
        if outcome is Lost.UNKNOWN and not self.over_http:
            raise SessionGone("this websocket's session is gone: have its page open a new one")
        return isinstance(outcome, Done) and outcome is not Done.WAITS

    async def reload(self, session: ServerSideSession) -> None:
        """Have the session hold what the store has now. Raises `StoreUnavailable`."""
        async with self.one_at_a_time:
            record, token = session.record, session.journal.token
            found = None
            if record is not None and token is not None:
                found = await self.opener.find(token, self.client)
                if isinstance(found, ForwardingAddress):
                    navigates = is_navigation(self.request)
                    self.late = Late(token=token, address=found, is_navigation=navigates)
                elif found is None:
                    self.lost = Lost.UNKNOWN
            session.reopen(found if isinstance(found, Found) else None)

    async def conclude(self, session: ServerSideSession, *, failed: bool) -> None:
        """The last save of a request. However it ends there is no second: Quart asks again for the
        page that tells of an error, and that must not carry a success."""
        if self.is_answered or session.journal.failure is not None:
            return
        try:
            counts = self.over_http and self.counts_as_seen
            await self._carry_out(session, failed=failed, reading_counts=counts, is_last=True)
        finally:
            self.is_answered = session.journal.is_answered = True

    async def tell_saved(self, session: ServerSideSession, *, failed: bool) -> None:
        """Await what waits for this request's changes to be stored. Raises `TakenBack`, once the
        session that it began has ended, and `StoreUnavailable`."""
        waiting, self.once_saved = self.once_saved, []
        if failed or self.lost is not None or not waiting:
            return
        try:
            for callback in waiting:
                await callback(session.record)
        except (Exception, asyncio.CancelledError) as exc:
            # A client that hangs up never gets the cookie, but the session would be counted.
            self.cookie_due = CookieDue.CLEAR
            await self._finish(self.keeper.take_back(session.journal))
            if isinstance(exc, TakenBack | asyncio.CancelledError):
                raise
            log.exception("sign-in taken back: a hook failed")
            raise TakenBack("a hook failed", code=503) from exc

    async def _carry_out(
        self, session: ServerSideSession, *, failed: bool, reading_counts: bool, is_last: bool
    ) -> Done | Lost:
        async with self.one_at_a_time:
            if self.under_way is not None:
                await asyncio.wait([self.under_way])  # of a caller who was cancelled meanwhile
            journal = session.journal
            now, record = self.keeper.store.clock(), journal.record
            is_late = self.late is not None and record is None
            if (
                journal.is_as_found
                and not (record and is_touch_due(record, now))
                and not (is_late and journal.tried_to_take_out)
            ):
                return Done.WENT_ON  # what most requests come to, found out without much ado
            facts = journal.facts(
                now=now,
                failed=failed,
                can_set_cookie=self.over_http and not self.is_answered,
                # It matters to guesses only, and headers are looked up at every request.
                is_navigation=not journal.limits.owner_is_guessed or is_navigation(self.request),
            )
            if not reading_counts:
                facts = replace(facts, renews_when_read=False, is_rotation_due=False)
            outcome: Done | Lost
            if facts.surely_signs_in or not (self.lost or is_late):
                outcome = await self._carry_planned(facts, journal, is_last=is_last)
            elif self.lost is not None:
                outcome = self.lost  # whatever is stored now would be a stranger's
            elif self.late is None or failed:
                outcome = Done.WENT_ON
            else:
                following = self.keeper.carry_late(self.late, facts, journal, self.client)
                outcome = await self._finish(following)
        if outcome is Done.FOLLOWED or isinstance(outcome, Lost):
            self.cookie_due = CookieDue.NOTHING  # an earlier save may have called for it
        if isinstance(outcome, Lost):
            self.lost = outcome
            self._tell_of_loss(outcome)
        return outcome

    async def _carry_planned(self, facts: Facts, journal: Journal, *, is_last: bool) -> Done | Lost:
        plan = decide(facts, now=self.keeper.store.clock())
        if plan.step is Step.NOTHING or self.for_static_file:
            return Done.WENT_ON
        if plan.step in (Step.CREATE, Step.ROTATE) and not is_last:
            # A new token waits for the answer that carries it: should that become an error page,
            # the old one must still be good.
            return Done.WAITS
        change = self.keeper.carry_out(plan, facts, journal, self.client)
        try:
            if plan.step is Step.CREATE:
                # A client that hangs up now never gets the cookie: nothing is half done.
                outcome = await change
            else:
                outcome = await self._finish(change)
        except StoreUnavailable as exc:
            if plan.step is not Step.TOUCH:
                raise
            # Nothing of the visitor's is lost: a store that is full can still be read from.
            log.warning("session not touched: %s", str(exc), extra={"reason": str(exc)})
            return Done.WENT_ON
        if outcome is Done.ENDED:
            self.cookie_due = CookieDue.CLEAR
        elif outcome is Done.WENT_ON and _is_cookie_due(facts.record, journal.record):
            self.cookie_due = CookieDue.SET
        return outcome

    async def _finish(self, change: Coroutine[Any, Any, T]) -> T:
        self.under_way = task = self.writes.begin(change)
        task.add_done_callback(self._is_over)
        return await asyncio.shield(task)

    def _is_over(self, task: asyncio.Task[Any]) -> None:
        if self.under_way is task:
            self.under_way = None  # it holds its context, and so the request and this

    def _tell_of_loss(self, lost: Lost) -> None:
        """Raises `SignedInMeanwhile` for what may be sent again; logs the rest. The cookie stays as
        it is: the browser may have a new one by now, which must not be cleared. If it has not, its
        next navigation finds this one dead."""
        if lost is Lost.OVERTAKEN and not (self.over_http and self.request.method in SAFE_METHODS):
            raise SignedInMeanwhile  # it may be sent again
        reason = _REASONS[lost]
        log.info("session change dropped: %s", reason, extra={"reason": reason})

    def tell(self, response: AnyResponse, journal: Journal) -> bool:
        """Put what is due about the cookie into a response; whether anything was."""
        over_tls = self.request.is_secure
        sets = self.cookie_due is CookieDue.SET
        clears = self.cookie_due is CookieDue.CLEAR
        if self.is_doubled:
            host, path = self.request.host, self.request.path
            self.cookie.clear_others(response, host, path, over_tls=over_tls)
        if sets and journal.token is not None:
            self.cookie.set(
                response,
                journal.token,
                max_age=_max_age(journal.record),
                over_tls=over_tls,
                wanted=journal.cookie_attributes,
            )
        elif clears:
            self.cookie.clear(response, over_tls=over_tls)
        return bool(sets or clears or self.is_doubled)


_REASONS = {
    Lost.ENDED: "the session has ended meanwhile",
    Lost.OVERTAKEN: "somebody signed in or out meanwhile",
    Lost.UNKNOWN: "the session is not known any more",
}


def _is_cookie_due(before: Record | None, record: Record | None) -> bool:
    """Whether the browser has to be told the cookie: a new one, or the same for another time."""
    if record is None:
        return False
    if before is None or record.key != before.key:
        return True
    if record.lifetime != before.lifetime:
        return record.lifetime.permanent or before.lifetime.permanent
    return record.lifetime.permanent and is_cookie_due(record, before.seen_at)


def _max_age(record: Record | None) -> timedelta | None:
    if record is None or not record.lifetime.permanent:
        return None
    left = record.lifetime.ends_at - record.seen_at
    return min(record.lifetime.idle, timedelta(seconds=int(left)))
