"""Where the login's own pages lie, below the application's root."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from quart import current_app
from quart.wrappers.base import BaseRequestWebsocket as AnyRequest

AS_IT_IS = "/:@!$&'()*+,;="


@dataclass(frozen=True, slots=True)
class Paths:
    """All of them, below one prefix."""

    prefix: str

    @property
    def login(self) -> str:
        """The form, and where it is sent."""
        return f"{self.prefix}/login"

    @property
    def logout(self) -> str:
        """The way out."""
        return f"{self.prefix}/logout"

    @property
    def confirm(self) -> str:
        """Where one who is signed in is asked again."""
        return f"{self.prefix}/confirm"

    @property
    def password(self) -> str:
        """Where one who has an account sets a new password."""
        return f"{self.prefix}/password"

    @property
    def sessions(self) -> str:
        """Where one who has an account sees all sessions of it."""
        return f"{self.prefix}/sessions"

    @property
    def language(self) -> str:
        """Where the chosen language is sent."""
        return f"{self.prefix}/language"

    @property
    def static(self) -> str:
        """Below it lie style and scripts, where the application has others at `/static`."""
        return f"{self.prefix}/login/static"


def root_of(request: AnyRequest) -> str:
    """The prefix that a proxy, or an application about this one, has put it under, as addresses
    have it; empty for an application at the root of its site."""
    root = request.root_path or current_app.config["APPLICATION_ROOT"]
    return quote(root, safe=AS_IT_IS) if root != "/" else ""
