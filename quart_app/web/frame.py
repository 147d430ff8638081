"""What stands around each of our pages: `login`, for templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from quart_app.login.paths import Paths


@dataclass(frozen=True, kw_only=True)
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
    scripts_about_mark: tuple[Markup, ...]
    """Before and after each place where the session's mark belongs."""


class Frame:
    """What a layout shows of it around one page."""

    def __init__(
        self, fixed: Mapping[str, Any], *, here: str, mark: Callable[[], str] | None
    ) -> None:
        # Its own attributes: a template looks each of them up.
        self.__dict__.update(fixed)
        self._mark = mark
        self.here = here
        """This page's address, to come back to in another language."""

    @property
    def scripts(self) -> Markup:
        """For pages of one who is signed in: reads the session."""
        parts: tuple[Markup, ...] = self.__dict__["scripts_about_mark"]
        return parts[0] if self._mark is None else escape(self._mark()).join(parts)
