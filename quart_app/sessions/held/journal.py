"""What a session was when it was opened, and what was asked of it since: for what saves it.
Handlers see the session; this is what stands behind it. Does no I/O."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from typing import Any
from weakref import ref

from quart_app.sessions.held import codec
from quart_app.sessions.held.being_handled import is_being_handled
from quart_app.sessions.held.cookie_attributes import CookieAttributes
from quart_app.sessions.held.facts import Facts
from quart_app.sessions.held.found import Found
from quart_app.sessions.held.lifetimes import Clocks, Limits
from quart_app.sessions.held.owner import SOMEBODY, looks_like_signing_in, owner_in
from quart_app.sessions.held.seal import Seal
from quart_app.sessions.held.tokens import key_of, new_token
from quart_app.sessions.held.unsaved import Unsaved
from quart_app.sessions.held.watched import WatchedDict
from quart_app.sessions.stores.record import Record


class Journal:
    """Compares what is in the session's own dict with what the store has."""

    def __init__(
        self,
        held: WatchedDict,
        *,
        limits: Limits,
        permanent: bool,
        found: Found | None,
        failure: Exception | None,
    ) -> None:
        # Not held by this: a circle would keep a whole request until Python looks for circles.
        self._session = ref(held)
        self.limits = limits
        self._baseline = {} if found is None else dict(found.opened.values)
        self.token = None if found is None else found.token
        self.seal = None if found is None else found.seal
        self.record = record = None if found is None else found.opened.record
        self.failure = failure
        self.accessed = False
        self.clocks = Clocks(limits, permanent=permanent, record=record)
        self.wants_new_token = self.marked_modified = False
        self._is_rotation_due = found is not None and found.opened.is_rotation_due
        self._first_key = None if found is None else found.opened.first_key
        self._assigned: dict[str, bytes] = {}
        self._assigned_since_owner: set[str] = set()
        self.dropped: set[str] = set()
        """What the handler took out, or would have if it had been there."""
        self.is_cleared = self.is_answered = False
        self._unsaved = Unsaved()
        self.cookie_attributes: CookieAttributes | None = None
        self._waived: dict[str, bytes | None] = {}
        self._owner_before = self._owner_now = self._owner()

    def look(self) -> None:
        """The handler is about to look, or to change something. Raises what kept the session from
        being loaded."""
        self.accessed = True
        # While the failure is being handled, an error page may look: it finds nobody signed in.
        if self.failure is not None and not is_being_handled(self.failure):
            raise self.failure

    def assigned(self, name: str, encoded: bytes) -> None:
        """The handler has put this in."""
        self._assigned[name] = encoded
        self._waived.pop(name, None)
        self.dropped.discard(name)
        self._note_change(name)
        self._assigned_since_owner.add(name)

    def taken_out(self, name: str) -> None:
        """The handler has taken this out, or tried to."""
        self.dropped.add(name)
        self._assigned.pop(name, None)
        self._note_change(name)

    @property
    def key(self) -> str:
        """What the store files the session under; a new one has its token from now on."""
        if self.record is not None:
            return self.record.key
        if self.token is None:
            self.token = new_token()
        return key_of(self.token)

    @property
    def first_key(self) -> str:
        """The first key that the session had under its present owner, or visitor."""
        return self._first_key or self.key

    @property
    def is_modified(self) -> bool:
        """Whether anything differs from what the store has."""
        return self.marked_modified or any(self._changes())

    @property
    def is_as_found(self) -> bool:
        """Whether there is nothing to carry out; no if a list might have changed unseen."""
        held = self._held
        if self.record is None:
            return dict.__len__(held) == 0
        asked = self.wants_new_token or self.marked_modified or self.clocks.are_turned(self.record)
        return (
            not (self._assigned or asked or self._is_rotation_due)
            and dict.__len__(held) == len(self._baseline)
            and all(isinstance(value, codec.IMMUTABLE) for value in dict.values(held))
        )

    @property
    def tried_to_take_out(self) -> bool:
        """Whether the handler took something out, be it here or not."""
        return self.is_cleared or bool(self.dropped)

    def waive(self) -> None:
        """What the handler has changed so far is not to be stored; what it changes from now on is.
        A sign-in or sign-out it cannot take back."""
        self.marked_modified = False
        owner_keys = self.limits.owner_keys
        changed, unset = self._changes()
        for name, value in {**changed, **dict.fromkeys(unset)}.items():
            if name not in owner_keys:
                self._waived[name] = value
                self._assigned.pop(name, None)
                self._assigned_since_owner.discard(name)
        self.dropped.intersection_update(owner_keys)

    @property
    def tries_to_sign_out(self) -> bool:
        """Whether the handler did what signs an owner out, if there is one: this session may not
        know, since its own token has moved."""
        keys, touched = self.limits.owner_keys, self.dropped | self._assigned.keys()
        took_out = self.is_cleared or not touched.isdisjoint(keys)
        return took_out and self._owner() is None

    def facts(
        self, *, now: float, failed: bool, can_set_cookie: bool, is_navigation: bool
    ) -> Facts:
        """What the plan needs to know."""
        encoded = self._encoded()
        changed, unset = self._changes(encoded)
        owner_keys, owner = self.limits.owner_keys, self._owner()
        stored = self._stored_for(owner, changed)
        is_guess = self.limits.owner_is_guessed
        if not is_guess and self._owner_before not in (None, owner):
            # What else is there is about to go, and with it whatever seems to name an owner.
            named = {name: value for name, value in dict.items(self._held) if name in stored}
            owner = owner_in(named, owner_keys=owner_keys)
        lifetime = None if self.record is None else self.clocks.of(self.record, now=now)
        return Facts(
            record=self.record,
            owner_before=self._owner_before,
            owner=owner,
            owner_keys=frozenset(owner_keys),
            owner_is_guessed=is_guess,
            assigned=frozenset(self._assigned),
            looks_signed_in=self._looks_signed_in(changed) if is_guess else frozenset(),
            values=encoded,
            meaning=frozenset(
                name for name in encoded if name not in owner_keys or dict.get(self._held, name)
            ),
            stored=stored,
            set=changed,
            unset=unset,
            lifetime=None if self.record and lifetime == self.record.lifetime else lifetime,
            wants_new_token=self.wants_new_token,
            may_be_another=self._may_be_another(changed),
            is_rotation_due=self._is_rotation_due,
            wants_touch=self.marked_modified,
            renews_when_read=self.limits.renews_when_read,
            is_navigation=is_navigation,
            failed=failed,
            can_set_cookie=can_set_cookie,
        )

    def stored_after(self, set: Mapping[str, bytes], unset: Container[str]) -> dict[str, bytes]:
        """What the store has of this session once such a patch is made."""
        kept = {name: value for name, value in self._baseline.items() if name not in unset}
        return kept | dict(set)

    def begun(self, token: str, seal: Seal, *, first_key: str | None) -> None:
        """The session goes on, or begins, under this token."""
        self.token, self.seal, self._first_key = token, seal, first_key
        self.wants_new_token = False

    def settled(
        self,
        *,
        record: Record,
        stored: Mapping[str, bytes],
        owner: str | None,
        is_rotation_due: bool = False,
    ) -> None:
        """The store now has these values, as this owner's."""
        self._is_rotation_due = is_rotation_due
        self._baseline = dict(stored)
        self.record = record
        self.clocks.settled()
        self._unsaved.saved()
        self.marked_modified = False
        # Not who is named here by now: that a handler signed in or out meanwhile is yet to be seen.
        self._owner_before = owner

    def ended(self, names: Iterable[str]) -> None:
        """These are no longer part of the session: a handler that still holds it does not find
        them."""
        for name in names:
            dict.pop(self._held, name, None)
            self._assigned.pop(name, None)

    def passed_on(self, set: Mapping[str, bytes], unset: Collection[str]) -> None:
        """This is stored elsewhere, and not to be stored again."""
        self._baseline = self.stored_after(set, unset)
        self._assigned = dict(self._assigned.items() - set.items())
        self.dropped.difference_update(unset)
        self.is_cleared = False

    def forgotten(self) -> None:
        """There is no such session any more. It stands here as that of a new visitor."""
        self.ended(tuple(dict.keys(self._held)))
        self.clocks.left_by_owner()
        self.clocks.settled()
        self._baseline = {}
        self.token = self.seal = self.record = self._owner_before = self._owner_now = None
        self._first_key = None
        self.dropped.clear()
        self.is_cleared = False
        self._waived.clear()
        self._assigned_since_owner.clear()
        self.wants_new_token = self.marked_modified = self._is_rotation_due = False

    @property
    def _held(self) -> dict[str, Any]:
        held = self._session()
        return {} if held is None else held  # no handler is left that could look

    def _owner(self) -> str | None:
        return owner_in(dict(dict.items(self._held)), owner_keys=self.limits.owner_keys)

    def _stored_for(self, owner: str | None, changed: Mapping[str, bytes]) -> frozenset[str]:
        """Names under which this request stored something for the present owner, or visitor. At a
        sign-out also what it stored before that, if the value is new: a word of goodbye may come
        first, but what every request stores again is about the owner who left."""
        words = self._assigned.keys() if owner is None else set[str]()
        return frozenset(
            self._assigned_since_owner | (changed.keys() & {*words, *self.limits.owner_keys})
        )

    def _note_change(self, name: str) -> None:
        if self.is_answered:
            self._unsaved.note(name)
        if (owner := self._owner()) != self._owner_now:
            self._owner_now = owner
            self._assigned_since_owner.clear()

    def _may_be_another(self, changed: Mapping[str, bytes]) -> bool:
        """Whether an owner's entry was stored anew, and the one before did not say who that was."""
        if self._owner_before != SOMEBODY:
            return False
        return any(key in changed and key in self._assigned for key in self.limits.owner_keys)

    def _looks_signed_in(self, changed: Mapping[str, bytes]) -> frozenset[str]:
        """Entries that say something now and said nothing before, and seem to be about signing in.
        That their values change later is nothing: access tokens are renewed in the background."""
        return frozenset(
            name
            for name in changed
            if looks_like_signing_in(name)
            and dict.get(self._held, name)
            and not (name in self._baseline and codec.decode(self._baseline[name]))
        )

    def _encoded(self) -> dict[str, bytes]:
        """Every value as bytes; anew where it may have changed since it was last encoded."""
        encoded = {}
        for name, value in dict.items(self._held):
            known = self._assigned.get(name, self._baseline.get(name))
            if known is None or not isinstance(value, codec.IMMUTABLE):
                known = codec.encode(name, value)
            encoded[name] = known
        for name, waived in self._waived.items():
            if encoded.get(name) == waived:
                encoded.pop(name, None)
                if name in self._baseline:
                    encoded[name] = self._baseline[name]
        return encoded

    def _changes(
        self, encoded: Mapping[str, bytes] | None = None
    ) -> tuple[dict[str, bytes], frozenset[str]]:
        if not self.accessed:
            return {}, frozenset()
        encoded = self._encoded() if encoded is None else encoded
        changed = {
            name: value for name, value in encoded.items() if value != self._baseline.get(name)
        }
        return changed, frozenset(self._baseline.keys() - encoded.keys())
