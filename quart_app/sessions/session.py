"""The session that a handler holds: a dict that knows what was changed; does no I/O."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import timedelta
from typing import Any

from quart_app.sessions import codec
from quart_app.sessions.handled import is_being_handled
from quart_app.sessions.limits import Limits, positive
from quart_app.sessions.owner import SOMEBODY, owner_in
from quart_app.sessions.plan import Facts
from quart_app.sessions.record import Lifetime, Record
from quart_app.sessions.saver import Saver
from quart_app.sessions.tokens import key_of, new_token
from quart_app.sessions.watched import WatchedDict


class ServerSideSession(WatchedDict):
    """One browser's session, during one request or one websocket. Reading and changing it is all
    that a handler has to do; what begins with `facts` is for whoever carries the changes out."""

    def __init__(
        self,
        *,
        limits: Limits,
        permanent: bool = False,
        token: str | None = None,
        record: Record | None = None,
        values: Mapping[str, bytes] | None = None,
        failure: Exception | None = None,
    ) -> None:
        self._baseline = dict(values or {})
        super().__init__({name: codec.decode(value) for name, value in self._baseline.items()})
        self._accessed = False
        self._limits = limits
        self._permanent = permanent if record is None else record.lifetime.permanent
        self._permanent_for_next_owner = permanent
        self._token = token
        self._record = record
        self._failure = failure
        self._assigned: dict[str, bytes] = {}
        self._assigned_since_owner: set[str] = set()
        self._idle: timedelta | None = None
        self._absolute: timedelta | None = None
        self._wants_new_token = False
        self._marked_modified = False
        self._owner_before = self._owner_now = self._owner()
        self.saver: Saver | None = None

    def __setitem__(self, name: str, value: Any) -> None:
        self._note_access()
        self._assigned[name] = codec.encode(name, value)
        super().__setitem__(name, value)
        self._note_owner()
        self._assigned_since_owner.add(name)

    def __delitem__(self, name: str) -> None:
        self._note_access()
        super().__delitem__(name)
        self._assigned.pop(name, None)
        self._note_owner()

    def __repr__(self) -> str:
        # Sessions end up in logs and tracebacks; what they hold must not.
        state = "new" if self._record is None else self._record.key[:12]
        return f"<{type(self).__name__} {state}, {super().__len__()} values>"

    @property
    def sid(self) -> str:
        """What the store files this session under. Safe to log: nobody can sign in with it."""
        self._note_access()
        if self._token is None:
            self._token = new_token()
        return key_of(self._token)

    @property
    def accessed(self) -> bool:
        """Whether the handler looked into it or changed it."""
        return self._accessed

    @accessed.setter
    def accessed(self, value: bool) -> None:
        # Quart sets it from 0.23 on, and that for every session just before it has it saved.
        return

    @property
    def new(self) -> bool:  # type: ignore[override]
        """Whether the store knows nothing of this session yet."""
        self._note_access()
        return self._record is None

    @property
    def modified(self) -> bool:
        """Whether anything differs from what the store has, deep down too. Setting it is never
        needed; it counts as somebody having come by."""
        return self._marked_modified or any(self._changes())

    @modified.setter
    def modified(self, value: bool) -> None:
        self._marked_modified = value

    @property
    def permanent(self) -> bool:
        """Whether the session outlives the browser's window, as Flask has it."""
        self._note_access()
        return self._permanent

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self._permanent = self._permanent_for_next_owner = bool(value)

    @property
    def idle_lifetime(self) -> timedelta:
        """How long this session may rest. Set it to override the settings for this one."""
        return self.lifetime(now=0).idle

    @idle_lifetime.setter
    def idle_lifetime(self, value: timedelta) -> None:
        self._idle = positive(value)

    @property
    def absolute_lifetime(self) -> timedelta:
        """How long after its start this session ends in any case; settable as well."""
        start = 0.0 if self._record is None else self._record.created_at
        return timedelta(seconds=self.lifetime(now=0).ends_at - start)

    @absolute_lifetime.setter
    def absolute_lifetime(self, value: timedelta) -> None:
        self._absolute = positive(value)

    def regenerate(self) -> None:
        """Go on under a new token; the old one is dead when the answer leaves. Signing in and out
        does this by itself."""
        self._wants_new_token = True

    async def save(self) -> None:
        """Carry out the changes now, for a websocket or within a long request. What needs a new
        token waits for the answer that carries it. Raises `NoCookiePossible` if there is none."""
        self._note_access()
        if self.saver is not None:
            await self.saver.save()

    @property
    def is_broken(self) -> bool:
        """Whether the store could not be asked, so that nothing is known of this session."""
        return self._failure is not None

    @property
    def record(self) -> Record | None:
        """What the store has of this session."""
        return self._record

    @property
    def is_as_found(self) -> bool:
        """Whether there is nothing to carry out; no if a list might have changed unseen."""
        if self._record is None:
            return super().__len__() == 0
        turned = self._wants_new_token or self._marked_modified or self._idle or self._absolute
        return (
            not (self._assigned or turned)
            and self._permanent == self._record.lifetime.permanent
            and super().__len__() == len(self._baseline)
            and all(isinstance(value, codec.IMMUTABLE) for value in dict.values(self))
        )

    def facts(self, *, now: float, failed: bool, can_set_cookie: bool) -> Facts:
        """What the plan needs to know."""
        changed, unset = self._changes()
        owner_keys, owner = self._limits.owner_keys, self._owner()
        stored = self._stored_for(owner, changed)
        if self._owner_before is not None and owner != self._owner_before:
            # What else is there is about to go, and with it whatever seems to name an owner.
            named = {name: value for name, value in dict.items(self) if name in stored}
            owner = owner_in(named, owner_keys=owner_keys)
        lifetime = None if self._record is None else self.lifetime(now=now)
        return Facts(
            record=self._record,
            owner_before=self._owner_before,
            owner=owner,
            names=frozenset(dict.keys(self)),
            meaning=frozenset(
                name for name, value in dict.items(self) if value or name not in owner_keys
            ),
            stored=stored,
            set=changed,
            unset=unset,
            lifetime=None if self._record and lifetime == self._record.lifetime else lifetime,
            wants_new_token=self._wants_new_token or self._may_be_another(changed),
            wants_touch=self._marked_modified,
            renews_when_read=self._limits.renews_permanent_when_read or not self._permanent,
            failed=failed,
            can_set_cookie=can_set_cookie,
        )

    def values_of(self, names: Container[str]) -> dict[str, bytes]:
        """These values as they are now, encoded, in the order they have here."""
        return {name: value for name, value in self._encoded().items() if name in names}

    def lifetime(self, *, now: float, restarts: bool = False) -> Lifetime:
        """The clocks as the handler left them."""
        record = None if restarts else self._record
        started_at = now if record is None else record.created_at
        if record is not None and record.lifetime.permanent == self._permanent:
            idle, ends_at = record.lifetime.idle, record.lifetime.ends_at
        else:
            idle, absolute = self._limits.of(permanent=self._permanent)
            ends_at = started_at + absolute.total_seconds()
        if self._absolute is not None:
            ends_at = started_at + self._absolute.total_seconds()
        return Lifetime(idle=self._idle or idle, ends_at=ends_at, permanent=self._permanent)

    def token_for_cookie(self) -> str | None:
        """The secret itself. Nothing but the cookie may have it."""
        return self._token

    def stored_after(self, facts: Facts) -> dict[str, bytes]:
        """What the store has of this session once a patch with these facts is made."""
        kept = {name: value for name, value in self._baseline.items() if name not in facts.unset}
        return kept | dict(facts.set)

    def settled(
        self, *, token: str, record: Record, stored: Mapping[str, bytes], owner: str | None
    ) -> None:
        """The store now has these values under this token, as this owner's."""
        if self._record is None or record.key != self._record.key:
            self._wants_new_token = False
        self._baseline = dict(stored)
        self._token, self._record = token, record
        self._idle = self._absolute = None
        self._marked_modified = False
        # Not who is named here by now: whoever signed in or out meanwhile has yet to be noticed.
        self._owner_before = owner

    def left_by_owner(self) -> None:
        """Whoever comes next has not asked to be remembered for as long."""
        self._permanent = self._permanent_for_next_owner

    def ended(self, names: Iterable[str]) -> None:
        """These are no longer part of it: whoever goes on holding it does not find them."""
        for name in names:
            dict.pop(self, name, None)
            self._assigned.pop(name, None)

    def forgotten(self) -> None:
        """There is no such session any more. It stands here as that of a new visitor."""
        self.ended(tuple(dict.keys(self)))
        self.left_by_owner()
        self._baseline = {}
        self._idle = self._absolute = None
        self._token = self._record = self._owner_before = self._owner_now = None
        self._wants_new_token = self._marked_modified = False

    def _owner(self) -> str | None:
        return owner_in(dict(dict.items(self)), owner_keys=self._limits.owner_keys)

    def _stored_for(self, owner: str | None, changed: Mapping[str, bytes]) -> frozenset[str]:
        """What this request stored for the one who is there now. A word at a sign-out may come
        before it, if it is a new one: what is stored at every request is about who left."""
        words = self._assigned.keys() if owner is None else set[str]()
        return frozenset(
            self._assigned_since_owner | (changed.keys() & {*words, *self._limits.owner_keys})
        )

    def _note_owner(self) -> None:
        if (owner := self._owner()) != self._owner_now:
            self._owner_now = owner
            self._assigned_since_owner.clear()

    def _may_be_another(self, changed: Mapping[str, bytes]) -> bool:
        """Whether somebody signed in over somebody, and neither entry says who they are."""
        if self._owner_before != SOMEBODY:
            return False
        return any(key in changed and key in self._assigned for key in self._limits.owner_keys)

    def _encoded(self) -> dict[str, bytes]:
        """Every value as bytes; anew where it may have changed since it was last encoded."""
        encoded = {}
        for name, value in dict.items(self):
            known = self._assigned.get(name, self._baseline.get(name))
            if known is None or not isinstance(value, codec.IMMUTABLE):
                known = codec.encode(name, value)
            encoded[name] = known
        return encoded

    def _changes(self) -> tuple[dict[str, bytes], frozenset[str]]:
        if not self._accessed:
            return {}, frozenset()
        encoded = self._encoded()
        changed = {
            name: value for name, value in encoded.items() if value != self._baseline.get(name)
        }
        return changed, frozenset(self._baseline.keys() - encoded.keys())

    def _note_access(self) -> None:
        self._accessed = True
        # While the failure is being handled, an error page may look: it finds nobody signed in.
        if self._failure is not None and not is_being_handled(self._failure):
            raise self._failure
