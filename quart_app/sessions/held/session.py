"""The session that a handler holds: a dict that knows what was changed; does no I/O."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Protocol

from quart_app.sessions.held import codec
from quart_app.sessions.held.cookie_attributes import CookieAttributes
from quart_app.sessions.held.found import Found
from quart_app.sessions.held.journal import Journal
from quart_app.sessions.held.lifetimes import Limits
from quart_app.sessions.held.watched import WatchedDict
from quart_app.sessions.stores.record import Record


class Saver(Protocol):
    """What can carry out a session's changes."""

    async def save(self, session: ServerSideSession) -> bool:
        """Carry them out now. Returns whether none is left to wait for an answer."""

    async def reload(self, session: ServerSideSession) -> None:
        """Have the session hold what the store has of it now."""


class ServerSideSession(WatchedDict):
    """One browser's session, during one request or one websocket. Reading and changing it is all
    that a handler has to do. `journal` and `saver` are for what saves it."""

    def __init__(
        self,
        *,
        limits: Limits,
        permanent: bool = False,
        found: Found | None = None,
        failure: Exception | None = None,
    ) -> None:
        super().__init__()
        self._limits = limits
        self._permanent = permanent
        self._begin(found, failure)
        self.saver: Saver | None = None

    def __setitem__(self, name: str, value: Any) -> None:
        self._note_access()
        encoded = codec.encode(name, value)
        super().__setitem__(name, value)
        self.journal.assigned(name, encoded)

    def __delitem__(self, name: str) -> None:
        self._note_access()
        super().__delitem__(name)
        self.journal.taken_out(name)

    def __repr__(self) -> str:
        # Sessions end up in logs and tracebacks; what they hold must not.
        record = self.record
        state = "new" if record is None else record.key[:12]
        return f"<{type(self).__name__} {state}, {super().__len__()} values>"

    @property
    def sid(self) -> str:
        """What the store files this session under. Safe to log: no reader can sign in with it."""
        self._note_access()
        return self.journal.key

    @property
    def first_sid(self) -> str:
        """The first `sid` that this session had since its last sign-in or sign-out: a new token
        changes `sid`, and not this. What pages and forms may remember it by."""
        self._note_access()
        return self.journal.first_key

    @property
    def accessed(self) -> bool:
        """Whether the handler looked into it or changed it."""
        return self.journal.accessed

    @accessed.setter
    def accessed(self, value: bool) -> None:
        # Quart sets it from 0.23 on, and that for every session just before it has it saved.
        return

    @property
    def new(self) -> bool:  # type: ignore[override]
        """Whether the store knows nothing of this session yet."""
        self._note_access()
        return self.record is None

    @property
    def modified(self) -> bool:
        """Whether anything differs from what the store has, deep down too. Setting it is never
        needed: `True` counts as a visit, and with `False` what was changed so far, but for who is
        signed in, is not stored."""
        return self.journal.is_modified

    @modified.setter
    def modified(self, value: bool) -> None:
        if value:
            self.journal.marked_modified = True
        else:
            self.journal.waive()

    @property
    def permanent(self) -> bool:
        """Whether the session outlives the browser's window, as Flask has it."""
        self._note_access()
        return self.journal.clocks.permanent

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self.journal.clocks.turn_permanent(bool(value))

    @property
    def idle_lifetime(self) -> timedelta:
        """How long this session may rest. Set it to override the settings for this one, or to
        `None` for what they say."""
        return self.journal.clocks.of(self.record, now=0).idle

    @idle_lifetime.setter
    def idle_lifetime(self, value: timedelta | None) -> None:
        self.journal.clocks.turn_idle(value)

    @property
    def absolute_lifetime(self) -> timedelta:
        """How long after its start this session ends in any case; settable as well."""
        start = 0.0 if self.record is None else self.record.created_at
        return timedelta(seconds=self.journal.clocks.of(self.record, now=0).ends_at - start)

    @absolute_lifetime.setter
    def absolute_lifetime(self, value: timedelta | None) -> None:
        self.journal.clocks.turn_absolute(value)

    def set_cookie_attributes(
        self, *, secure: bool | None = None, samesite: str | None = None, partitioned: bool = False
    ) -> None:
        """If this answer sets the cookie, have it do so with these attributes in place of the
        settings', as for a page that other sites embed."""
        self.journal.cookie_attributes = CookieAttributes(secure, samesite, partitioned)

    def regenerate(self) -> None:
        """Go on under a new token, whose absolute lifetime begins now; the old one is dead when the
        answer leaves. Signing in and out does this by itself."""
        self.journal.wants_new_token = True

    async def save(self) -> bool:
        """Carry out the changes now, for a websocket or within a long request. Returns whether all
        is stored: a new session, and what needs a new token, waits for the answer with the cookie.
        Raises `NoCookiePossible` if there is none, `SignedInMeanwhile` if the changes belong to an
        earlier owner, `StoreUnavailable`; and in a websocket `SessionGone` if nothing is known of
        its session any more."""
        self._note_access()
        return self.saver is None or await self.saver.save(self)

    async def reload(self) -> None:
        """Forget what this request has changed and not saved, and hold what the store has now:
        nothing, if the session has ended or moved. Raises `StoreUnavailable`."""
        self._note_access()
        if self.saver is not None:
            await self.saver.reload(self)

    def reopen(self, found: Found | None) -> None:
        """For the saver: hold this from now on. That it was looked at stays true."""
        before = self.journal
        self._begin(found)
        self.journal.accessed = before.accessed
        self.journal.is_answered = before.is_answered
        self.journal.cookie_attributes = before.cookie_attributes

    def _begin(self, found: Found | None, failure: Exception | None = None) -> None:
        encoded = {} if found is None else found.opened.values
        values = {name: codec.decode(value) for name, value in encoded.items()}
        dict.clear(self)
        dict.update(self, values)
        self.journal = Journal(
            self, limits=self._limits, permanent=self._permanent, found=found, failure=failure
        )

    @property
    def record(self) -> Record | None:
        """What the store has of this session."""
        return self.journal.record

    def _note_access(self) -> None:
        self.journal.look()

    def _note_missing(self, name: str) -> None:
        self.journal.taken_out(name)

    def _note_clearing(self) -> None:
        self.journal.is_cleared = True
