"""Where the login's own pages lie, below the application's root."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from quart import current_app
from quart.wrappers.base import BaseRequestWebsocket as AnyRequest

AS_IT_IS = "/:@!$&'()*+,;="


class Paths:
    """All of them, below one prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.login = f"{prefix}/login"
        """The form, and where it is sent."""
        self.logout = f"{prefix}/logout"
        self.confirm = f"{prefix}/confirm"
        """Where one who is signed in is asked again."""
        self.password = f"{prefix}/password"
        """Where one who has an account sets a new password."""
        self.sessions = f"{prefix}/sessions"
        """Where one who has an account sees all sessions of it."""
        self.language = f"{prefix}/language"
        """Where the chosen language is sent."""
        self.static = f"{prefix}/login/static"
        """Below it lie style and scripts, where the application has others at `/static`."""


def root_of(request: AnyRequest) -> str:
    """The prefix that a proxy, or an application about this one, has put it under, as addresses
    have it; empty for an application at the root of its site."""
    return root_in(current_app.config, request.root_path)


def root_in(config: Mapping[str, Any], root_path: str) -> str:
    """The same, outside of a request."""
    root = root_path or config["APPLICATION_ROOT"]
    return quote(root, safe=AS_IT_IS) if root != "/" else ""
