"""What stands around each of our pages: `login`, for templates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from quart_app.login.paths import Paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What is the same on every page of one language, below one root: written once."""

    language: str
    direction: str
    root: str
    paths: Paths
    """With the root in front, as addresses have them."""
    say: Callable[..., Markup]
    head: Markup
    brand: Markup
    language_buttons: Markup
    title_end: str
    show_password: Markup
    """For pages that ask for one."""
    scripts: tuple[Markup, ...]
    """Before and after each place where the session's mark belongs."""


class Frame:
    """What a layout shows of it around one page."""

    __slots__ = ("_fixed", "_mark", "here")

    def __init__(self, fixed: Fixed, *, here: str, mark: Callable[[], str] | None) -> None:
        self._fixed = fixed
        self._mark = mark
        self.here = here
        """This page's address, to come back to in another language."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fixed, name)

    @property
    def scripts(self) -> Markup:
        """For pages of one who is signed in: reads the session."""
        parts = self._fixed.scripts
        return parts[0] if self._mark is None else escape(self._mark()).join(parts)
