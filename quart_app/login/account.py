"""Who somebody is, as far as a login has to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in: `id` is whose the sessions are, and does not change; `name` is what
    pages show. Falsy for a visitor who has not signed in, whose `id` is empty."""

    id: str
    name: str
    epoch: int | None = field(default=None, kw_only=True, compare=False)
    """How often everything of it had been ended when it proved who it is, if it is kept here."""

    def __bool__(self) -> bool:
        return bool(self.id)


@runtime_checkable
class Kept(Protocol):
    """An account that is kept here, as `quart_app.accounts` has it, which is there with its extra
    only."""

    @property
    def id(self) -> str: ...
    @property
    def shown(self) -> str: ...
    @property
    def epoch(self) -> int: ...


NOBODY = Account(id="", name="")


def account_of(given: Account | Kept | str) -> Account:
    """The same, as sessions and pages have it; a name is id and name at once."""
    if isinstance(given, str):
        return Account(id=given, name=given)
    if isinstance(given, Account):
        return given
    return Account(id=given.id, name=given.shown, epoch=given.epoch)
