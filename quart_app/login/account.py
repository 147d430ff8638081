"""Who somebody is, as far as a login has to know."""

from __future__ import annotations

from dataclasses import dataclass, field


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


NOBODY = Account(id="", name="")
