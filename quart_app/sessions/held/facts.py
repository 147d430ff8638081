"""A session as the handler left it: what a plan is made from; does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quart_app.sessions.stores.record import Lifetime, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """By these alone the plan decides what becomes of the session."""

    record: Record | None
    owner_before: str | None
    owner: str | None
    owner_keys: frozenset[str]
    owner_is_guessed: bool = False
    """Then a change of owner keeps what the session holds: `name` is also what people correct in a
    checkout."""
    assigned: frozenset[str] = frozenset()
    """Names that this request put something under, be it the same as before."""
    looks_signed_in: frozenset[str] = frozenset()
    """Entries that appeared and whose names look like signing in."""
    values: Mapping[str, bytes]
    """All that it holds, encoded."""
    meaning: frozenset[str]
    """Those names of them that hold something; an owner key with an empty value does not."""
    stored: frozenset[str]
    """Names that this request stored something under for the present owner, or for a visitor."""
    set: Mapping[str, bytes]
    unset: frozenset[str]
    lifetime: Lifetime | None = None
    """New clocks, if the handler turned them."""
    wants_new_token: bool = False
    may_be_another: bool = False
    """An entry for the owner was stored anew, and the one before did not say who that was."""
    is_rotation_due: bool = False
    """A new token was called for when no cookie could be set."""
    wants_touch: bool = False
    renews_when_read: bool = True
    is_navigation: bool = True
    """Whether the visitor goes to another page with this request, and no script sent it."""
    failed: bool = False
    """The answer is a 5xx: the request counts as not having happened, but for a sign-out."""
    can_set_cookie: bool = True
    """Not so for a websocket, nor once the answer has left."""

    @property
    def names(self) -> frozenset[str]:
        """Of all that it holds."""
        return frozenset(self.values)

    @property
    def owner_changes(self) -> bool:
        """Whether the session is no longer that of the owner, or the visitor, it had."""
        return self.owner != self.owner_before

    @property
    def owner_left(self) -> bool:
        """Whether an owner was signed in who is not any more."""
        return self.owner_before is not None and self.owner_changes

    @property
    def takes_everything(self) -> bool:
        """Whether the owner who left takes along what the session holds."""
        return self.owner_left and not self.owner_is_guessed

    @property
    def changes_who(self) -> bool:
        """Whether an owner signed in or out, as far as can be told: nothing of what was under way
        before may reach the session that comes after."""
        listed_as = None if self.record is None else self.record.owner
        # A websocket may have signed an owner in, or out, and left the new token to this answer.
        seems_so = self.may_be_another or bool(self.looks_signed_in) or self.is_rotation_due
        return self.owner_changes or self.owner != listed_as or seems_so

    @property
    def signs_in(self) -> bool:
        """Whether the answer is one that signs an owner in, the same one again too."""
        again = self.may_be_another or (
            self.wants_new_token and not self.assigned.isdisjoint(self.owner_keys)
        )
        named = self.owner is not None and (self.owner_changes or again)
        return named or bool(self.looks_signed_in)

    @property
    def surely_signs_in(self) -> bool:
        """Whether the answer has to set its cookie, whatever became of the session meanwhile. What
        is only a guess, and comes from a script, may as well correct a name or renew a token."""
        return self.signs_in and (self.is_navigation or not self.owner_is_guessed)

    @property
    def guessed_by(self) -> frozenset[str]:
        """The entries that were taken for signing in, where the application has not said which
        do."""
        if not (self.owner_is_guessed and self.signs_in):
            return frozenset()
        return self.looks_signed_in | (self.owner_keys & self.assigned & self.set.keys())
