"""What a handler reaches for by way of Quart, with the types that it has here."""

from __future__ import annotations

from typing import cast

import quart
from quart import Quart

from quart_app.errors import ConfigurationError
from quart_app.sessions.held.session import ServerSideSession
from quart_app.sessions.interface import ServerSideSessionInterface

session = cast(ServerSideSession, quart.session)
"""Quart's own `session`. With `SESSION_TYPE = "cookie"` it is Quart's own dict, and no more."""


def interface_of(app: Quart) -> ServerSideSessionInterface:
    """What knows all sessions of an application; `current_app` will do. Raises
    `ConfigurationError` if its sessions are not kept on the server."""
    interface = app.session_interface
    if not isinstance(interface, ServerSideSessionInterface):
        raise ConfigurationError(
            f"the sessions of {app.name} are not kept on the server: call Session(app) first, and "
            "have SESSION_TYPE be something else than 'cookie'"
        )
    return interface
