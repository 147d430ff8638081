"""What a handler does to its session, in the words that applications use, and what it means."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

USER = "user"
# Written with each sign-in and never twice the same: tells from which sign-in a reader's view is.
STAMP = "login"


@dataclass(frozen=True)
class Effect:
    """What an operation means to change; `None` stands for a field that is gone."""

    fields: Mapping[str, Any]
    ends: bool = False

    @property
    def stores(self) -> bool:
        """Whether a new visitor would have something kept after it."""
        return any(value is not None for value in self.fields.values())


class Operation(ABC):
    """One handler's business."""

    # Whether the token may be dead afterwards.
    may_end: ClassVar[bool] = False
    rotates: ClassVar[bool] = False

    @abstractmethod
    def apply(self, session: MutableMapping[str, Any], regenerate: Callable[[], object]) -> None:
        """Do it to the library's session."""

    @abstractmethod
    def effect(self, seen: Mapping[str, Any]) -> Effect:
        """What it means, after the handler saw this."""

    def blind_effect(self) -> Effect:
        """What it means for a session whose token has moved, so that the handler saw nothing."""
        return self.effect({})


@dataclass(frozen=True)
class Read(Operation):
    """Look and change nothing."""

    def apply(self, session: MutableMapping[str, Any], regenerate: Callable[[], object]) -> None:
        """Nothing: the handler has looked already."""

    def effect(self, seen: Mapping[str, Any]) -> Effect:
        """None."""
        return Effect({})

    def __str__(self) -> str:
        return "reads"


@dataclass(frozen=True)
class Change(Operation):
    """`session["cart"] = ...`, for one field or several that belong together."""

    fields: Mapping[str, str]

    def apply(self, session: MutableMapping[str, Any], regenerate: Callable[[], object]) -> None:
        """Set them one after the other."""
        for name, value in self.fields.items():
            session[name] = value

    def effect(self, seen: Mapping[str, Any]) -> Effect:
        """All of them or none."""
        return Effect(self.fields)

    def __str__(self) -> str:
        return "sets " + ", ".join(f"{name}={value}" for name, value in self.fields.items())


@dataclass(frozen=True)
class Drop(Operation):
    """`session.pop("cart", None)`."""

    field: str
    may_end: ClassVar[bool] = True

    def apply(self, session: MutableMapping[str, Any], regenerate: Callable[[], object]) -> None:
        """Take it out, if it is there."""
        session.pop(self.field, None)

    def effect(self, seen: Mapping[str, Any]) -> Effect:
        """The field is gone, and the session too if that was the last one."""
        if self.field not in seen:
            return Effect({})
        return Effect({self.field: None}, ends=set(seen) == {self.field})

    def blind_effect(self) -> Effect:
        """The field is gone, if it was there."""
        return Effect({self.field: None})

    def __str__(self) -> str:
        return f"drops {self.field}"


@dataclass(frozen=True)
class Append(Operation):
    """`session["list"].append(...)`: a change that the session itself is not told of."""

    value: str
    field: ClassVar[str] = "list"

    def apply(self, session: MutableMapping[str, Any], regenerate: Callable[[], object]) -> None:
        """Append in place where there is a list."""
        if self.field in session:
            session[self.field].append(self.value)
        else:
            session[self.field] = [self.value]

    def effect(self, seen: Mapping[str, Any]) -> Effect:
        """The list that was seen, longer by one."""
        return Effect({self.field: [*seen.get(self.field, []), self.value]})

    def __str__(self) -> str:
        return f"appends {self.value} to the list"


@dataclass(frozen=True)
class SignIn(Operation):
    """`session["user"] = name`, and a stamp that tells this sign-in from all others."""

    user: str
    stamp: str
    may_end: ClassVar[bool] = True
    rotates: ClassVar[bool] = True

    def apply(self, session: MutableMapping[str, Any], regenerate: Callable[[], object]) -> None:
        """As the tutorials do it."""
        session[USER] = self.user
        session[STAMP] = self.stamp

    def effect(self, seen: Mapping[str, Any]) -> Effect:
        """Both or neither."""
        return Effect({USER: self.user, STAMP: self.stamp})

    def __str__(self) -> str:
        return f"signs in as {self.user}"


@dataclass(frozen=True)
class Regenerate(Operation):
    """A new token for the same session, by the library's own call for it."""

    may_end: ClassVar[bool] = True
    rotates: ClassVar[bool] = True

    def apply(self, session: MutableMapping[str, Any], regenerate: Callable[[], object]) -> None:
        """Ask the library."""
        regenerate()

    def effect(self, seen: Mapping[str, Any]) -> Effect:
        """No field changes."""
        return Effect({})

    def __str__(self) -> str:
        return "regenerates"


@dataclass(frozen=True)
class SignOut(Operation):
    """Signing out, in the three ways that applications have."""

    how: Literal["clear", "pop", "none"] = "clear"
    may_end: ClassVar[bool] = True

    def apply(self, session: MutableMapping[str, Any], regenerate: Callable[[], object]) -> None:
        """Clear everything, or take the user out, or put nobody in."""
        if self.how == "clear":
            session.clear()
        elif self.how == "pop":
            session.pop(USER, None)
        else:
            session[USER] = None

    def effect(self, seen: Mapping[str, Any]) -> Effect:
        """Nobody is signed in any more; with `clear` nothing at all is left."""
        return Effect(dict.fromkeys(seen) if self.how == "clear" else {USER: None}, ends=True)

    def __str__(self) -> str:
        return f"signs out ({self.how})"
