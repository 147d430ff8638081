"""A dict that tells before a caller looks into it; knows nothing of what it is used for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, MutableMapping
from functools import wraps
from typing import Any, Self

from flask.sessions import SessionMixin

_NO_DEFAULT = object()


class WatchedDict(dict[str, Any], SessionMixin):
    """Every look calls `_note_access`. Every change is one by `__setitem__` or `__delitem__`, where
    a subclass can see it."""

    # What the mapping methods of `dict` do in C passes by those two; these do not.
    update = MutableMapping.update
    setdefault = MutableMapping.setdefault

    @abstractmethod
    def _note_access(self) -> None:
        """A caller is about to look, or to change something."""

    @abstractmethod
    def _note_missing(self, name: str) -> None:
        """A caller wants to take out what is not here."""

    @abstractmethod
    def _note_clearing(self) -> None:
        """A caller wants to take out everything, and there may be nothing."""

    def clear(self) -> None:
        """As a dict has it."""
        self._note_clearing()
        MutableMapping.clear(self)

    def pop(self, name: str, default: Any = _NO_DEFAULT) -> Any:
        """As a dict has it."""
        if name not in self:
            self._note_missing(name)
            if default is not _NO_DEFAULT:
                return default
        return MutableMapping.pop(self, name)

    def popitem(self) -> tuple[str, Any]:
        """The last one, as a dict has it; that of `MutableMapping` would be the first."""
        name = next(reversed(self), None)
        if name is None:
            raise KeyError("popitem from an empty session")
        return name, self.pop(name)

    def __reduce_ex__(self, _: Any) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        # What copies or pickles it gets the values in a plain dict, and nothing that saves.
        return dict, (dict(self),)

    def __ior__(self, other: Any) -> Self:  # type: ignore[override,misc]
        self.update(other)
        return self


def _noting_access(name: str) -> Callable[..., Any]:
    method = getattr(dict, name)

    @wraps(method)
    def wrapped(self: WatchedDict, *args: Any, **kwargs: Any) -> Any:
        self._note_access()
        return method(self, *args, **kwargs)

    return wrapped


# Every way to look into a dict: one that went unnoticed could let a cache keep a private page.
for _name in (
    *("__getitem__", "__contains__", "__iter__", "__len__", "__reversed__", "__eq__", "__ne__"),
    *("__or__", "__ror__", "get", "keys", "values", "items", "copy"),
):
    setattr(WatchedDict, _name, _noting_access(_name))
