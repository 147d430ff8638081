"""Notices what is changed when no answer is left to save it, and says so if no handler saves it."""

from __future__ import annotations

import logging
import weakref

log = logging.getLogger(__name__)


class Unsaved:
    """The names of entries that were changed after the answer had left. Whether they were saved is
    known when nothing holds the session any more."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._is_watched = False

    def note(self, name: str) -> None:
        """Note that this one was changed."""
        if not self._is_watched:
            self._is_watched = True
            weakref.finalize(self, _tell_of, self._names).atexit = False
        self._names.append(name)

    def saved(self) -> None:
        """All noted changes were saved."""
        self._names.clear()


def _tell_of(names: list[str]) -> None:
    if names:
        log.warning(
            "session[%r] was changed after the answer had left, and is lost: in a stream or a task "
            "in the background, call await session.save()",
            names[0],
        )
