"""Joins the sessions to Quart, in quart-session's place; the only file that knows quart-session."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, cast
from weakref import ref

import quart_session
import quart_session.sessions
from quart import Quart
from quart.sessions import SessionMixin
from quart.wrappers.base import BaseRequestWebsocket as AnyRequest

from quart_app.errors import NoCookiePossible, SignedInMeanwhile, StoreUnavailable, TakenBack
from quart_app.origin import is_navigation
from quart_app.sessions.configured import Configured, CurrentConfiguration
from quart_app.sessions.held.owner import SOMEBODY, owner_named_by
from quart_app.sessions.held.session import ServerSideSession
from quart_app.sessions.http.client import Client, client_of
from quart_app.sessions.http.cookie import AnyResponse
from quart_app.sessions.http.response import answer_unavailable, ask_to_come_back, keep_from_caches
from quart_app.sessions.http.static_paths import StaticPaths
from quart_app.sessions.key_value import Cache
from quart_app.sessions.other_application import note, other_application
from quart_app.sessions.saving.endings import Ending, Endings
from quart_app.sessions.saving.following import end
from quart_app.sessions.saving.keeper import Keeper
from quart_app.sessions.saving.opening import Late, Opener
from quart_app.sessions.saving.visit import CookieDue, Saved, Visit, Writes
from quart_app.sessions.stores.base import Store
from quart_app.sessions.stores.forwarding import ForwardingAddress
from quart_app.sessions.stores.record import Record
from quart_app.settings import SessionSettings
from quart_app.signals import record_ended

log = logging.getLogger(__name__)

# quart-session has no types; the extension beside this file is a subclass of its own.
QuartSessionExtension: type[Any] = quart_session.Session

SWEEP_BUDGET = 200
SWEEP_PAUSE_SECONDS = 0.05


class ServerSideSessionInterface(quart_session.sessions.SessionInterface):  # type: ignore[misc]
    """What Quart asks for a session before each request, and gives it back to afterwards."""

    def __init__(self, store: Store, settings: SessionSettings) -> None:
        super().__init__(key_prefix=settings.key_prefix, permanent=settings.permanent)
        self.store = store
        self._cache = Cache(store, gives_bytes=settings.type == "redis")
        self._cache_lifetime = settings.permanent_idle
        self.endings = Endings()
        self._opener = Opener(store, sealed=settings.sealed)
        self._keeper = Keeper(store, sealed=settings.sealed, endings=self.endings)
        self._configuration = CurrentConfiguration(settings)
        self._static_paths = StaticPaths()
        self._writes = Writes()
        self._sweeping: asyncio.Task[None] | None = None
        self._scope_key = f"quart_app.session.{id(self)}"

    async def open_session(self, app: Quart, request: AnyRequest) -> ServerSideSession:
        """The session of a request. Never raises: Quart's error handlers would not see it."""
        # `session_transaction` of Quart's test client opens a session that its context holds. The
        # scope does not, since the session holds the request.
        scope = cast(dict[str, Any], request.scope)
        known: ref[ServerSideSession] | None = scope.get(self._scope_key)
        if known is not None and (session := known()) is not None:
            return session
        session = await self._open(app, request)
        scope[self._scope_key] = ref(session)
        return session

    async def save_session(
        self, app: Quart, session: SessionMixin, response: AnyResponse | None
    ) -> None:
        """Carry out what the handler changed, and tell the browser."""
        if not isinstance(session, ServerSideSession):
            return
        visit = session.saver
        if not isinstance(visit, Visit) or visit.for_static_file:
            return
        failed = response is not None and response.status_code >= 500
        if response is None or not visit.over_http:
            await self._close_websocket(visit, session, failed=failed)
            return
        looked_at = session.accessed
        try:
            await visit.conclude(session, failed=failed)
            await visit.tell_saved(session, failed=failed)
        except StoreUnavailable as exc:
            log.error("session not saved: %s", str(exc), extra={"reason": str(exc)})
            # The error page must not show what was not stored.
            session.journal.forgotten()
            await answer_unavailable(app, response, exc)
        except SignedInMeanwhile as exc:
            log.warning("session not saved: %s", exc)
            await answer_unavailable(app, response, exc)
        except TakenBack as exc:
            await answer_unavailable(app, response, exc)
        if session.journal.failure is not None:
            ask_to_come_back(response)
        tells_cookie = response.status_code < 500 and visit.tell(response, session.journal)
        keep_from_caches(response, looked_at=looked_at, tells_cookie=tells_cookie)

    async def create(self, app: Quart) -> None:
        """Called at start-up, though everything works without: a store that only a person can mend
        is found now, and expired records are swept from now on."""
        try:
            await self.store.check()
            if (trouble := await other_application(app, self.store)) is not None:
                log.warning("%s", trouble)
            await note(app, self.store)
        except StoreUnavailable as exc:
            log.warning("session store not available yet: %s", str(exc), extra={"reason": str(exc)})
        pause = self._configuration.of(app.config).settings.sweep_interval
        self._sweeping = asyncio.create_task(self._sweep_every(pause))

    async def verify(self) -> None:
        """Make sure that sessions can be read and written now. Raises `StoreUnavailable`, and
        `ConfigurationError` for what only a person can mend."""
        await self._keeper.readiness.verify()

    async def close(self) -> None:
        """Called at shut-down: let every change arrive, then let go of the store."""
        sweeping, self._sweeping = self._sweeping, None
        if sweeping is not None:
            sweeping.cancel()
            # Not awaited itself: a sweep that failed must not keep the store from being closed.
            await asyncio.wait([sweeping])
        await self._writes.drain()
        await self.store.close()

    async def owned_by(self, owner: object) -> list[Record]:
        """The sessions of the owner whom the owner entry names by this value, oldest first. Raises
        `ValueError` for a value that names none, and `StoreUnavailable`."""
        return await self.store.owned_by(_identified(owner))

    async def delete_owned_by(
        self, owner: object, *, except_key: str | None = None
    ) -> list[Record]:
        """Sign this owner out everywhere, or everywhere but here (`except_key=session.sid`).
        Returns the records that ended. Raises `ValueError` as above, and `StoreUnavailable`."""
        ending = self._end_all_of(_identified(owner), except_key)
        return await asyncio.shield(self._writes.begin(ending))

    async def end(self, key: str) -> None:
        """End the session of this key, wherever it is by now, if it has not ended yet. Raises
        `StoreUnavailable`."""
        ending = end(key, Ending.ELSEWHERE, store=self.store, endings=self.endings)
        await asyncio.shield(self._writes.begin(ending))

    def look_only(self, session: ServerSideSession) -> None:
        """This request does not say that a visitor is there: it leaves clocks and cookie alone."""
        if isinstance(session.saver, Visit):
            session.saver.only_looks()

    def once_saved(self, session: ServerSideSession, callback: Saved) -> None:
        """Have this awaited when the store has what this request changed, and before its answer
        leaves; not if the answer failed, or the change has no place any more."""
        if isinstance(session.saver, Visit):
            session.saver.once_saved.append(callback)

    def regenerate(self, session: ServerSideSession) -> None:
        """Flask-Session's way to say `session.regenerate()`."""
        session.regenerate()

    async def get(self, key: str, app: Quart | None = None) -> Any:
        """quart-session's cache: the value, or `None`."""
        return await self._cache.get(key)

    async def set(
        self, key: str, value: Any, expiry: int | None = None, app: Quart | None = None
    ) -> None:
        """quart-session's cache: keep a value for so many seconds."""
        expires_in = timedelta(seconds=expiry) if expiry else self._cache_lifetime
        await self._cache.set(key, value, expires_in=expires_in)

    async def delete(self, key: str, app: Quart | None = None) -> None:
        """quart-session's cache: forget the value."""
        await self._cache.delete(key)

    def has_moved(self, session: ServerSideSession) -> bool:
        """Whether this request came under a token that has another in its place by now: its browser
        will ask again with that."""
        return isinstance(session.saver, Visit) and session.saver.has_moved

    async def _end_all_of(self, owner: str, except_key: str | None) -> list[Record]:
        listed = await self.store.owned_by(owner)
        ended: list[Record] = []
        try:
            ended = await self.store.delete_owned_by(owner, except_key=except_key)
            for record in ended:
                self.endings.ended(record, Ending.ELSEWHERE)
                record_ended.send(self.store)
        finally:
            # If one could not be ended, others were. Whether one has, each listener asks the store.
            keys = dict.fromkeys(record.key for record in (*listed, *ended))
            self.endings.tell(*(key for key in keys if key != except_key))
        return ended

    async def _open(self, app: Quart, request: AnyRequest) -> ServerSideSession:
        configured = self._configuration.of(app.config)
        settings = configured.settings
        for_static_file = settings.static_file is not True and self._static_paths.cover(
            app, request, unless_guarded=settings.static_file == "auto"
        )
        token = None if for_static_file else configured.cookie.read(request)
        client = client_of(request, settings)
        session, late = await self._session(token, configured, client, request)
        session.saver = Visit(
            opener=self._opener,
            keeper=self._keeper,
            writes=self._writes,
            cookie=configured.cookie,
            client=client,
            request=request,
            is_doubled=not (token or for_static_file) and configured.cookie.is_doubled(request),
            for_static_file=for_static_file,
            late=late,
            cookie_due=_due_at_first(token, session, late, request),
        )
        return session

    async def _session(
        self, token: str | None, configured: Configured, client: Client, request: AnyRequest
    ) -> tuple[ServerSideSession, Late | None]:
        """The session of this token, and if there is none, where it went a moment ago."""
        new = partial(
            ServerSideSession, limits=configured.limits, permanent=configured.settings.permanent
        )
        if token is None:
            return new(), None
        try:
            found = await self._opener.find(token, client)
            if isinstance(found, ForwardingAddress):
                late = Late(token=token, address=found, is_navigation=is_navigation(request))
                return new(), late if await self._opener.is_late(late) else None
        except StoreUnavailable as exc:
            log.error("session not loaded: %s", str(exc), extra={"reason": str(exc)})
            return new(failure=exc), None
        if found is None:
            return new(), None
        try:
            session = new(found=found)
        except ValueError as exc:
            key = found.opened.record.key[:12]
            log.warning("session refused: %s", str(exc), extra={"key": key, "reason": str(exc)})
            return new(), None
        return session, None

    async def _close_websocket(
        self, visit: Visit, session: ServerSideSession, *, failed: bool
    ) -> None:
        try:
            await visit.conclude(session, failed=failed)
        except NoCookiePossible:
            log.error(
                "session lost: %s",
                "a websocket cannot set its cookie",
                extra={"reason": "a websocket cannot set its cookie"},
            )
        except (StoreUnavailable, SignedInMeanwhile) as exc:
            log.error("session not saved: %s", str(exc), extra={"reason": str(exc)})

    async def _sweep_every(self, interval: timedelta) -> None:
        pause = interval.total_seconds()
        while True:
            await asyncio.sleep(pause)
            pause = interval.total_seconds()
            with suppress(StoreUnavailable):
                if not (await self.store.sweep(budget=SWEEP_BUDGET)).finished:
                    pause = SWEEP_PAUSE_SECONDS


def _due_at_first(
    token: str | None, session: ServerSideSession, late: Late | None, request: AnyRequest
) -> CookieDue:
    """A cookie that leads nowhere is cleared, but by navigations only: a script's request may have
    been overtaken by a sign-in in the same browser, and would clear what that has set."""
    is_known = session.record is not None or session.journal.failure is not None
    leads_nowhere = token is not None and not is_known
    clears = leads_nowhere and late is None and is_navigation(request)
    return CookieDue.CLEAR if clears else CookieDue.NOTHING


def _identified(owner: object) -> str:
    if (name := owner_named_by(owner)) == SOMEBODY:
        raise ValueError(f"a {type(owner).__name__} like this does not say whose sessions")
    return name
