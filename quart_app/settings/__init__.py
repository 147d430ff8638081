"""Every setting: its name, its default and its reason."""

from quart_app.settings.accounts import AccountsSettings
from quart_app.settings.application import ApplicationSettings
from quart_app.settings.live import LiveSettings
from quart_app.settings.login import LoginSettings
from quart_app.settings.observing import ObservingSettings
from quart_app.settings.server import ServerSettings
from quart_app.settings.sessions import (
    LOGIN_OWNER_KEY,
    USUAL_OWNER_KEYS,
    WITHOUT_EFFECT,
    SessionSettings,
    unknown_names,
)

__all__ = [
    "LOGIN_OWNER_KEY",
    "USUAL_OWNER_KEYS",
    "WITHOUT_EFFECT",
    "AccountsSettings",
    "ApplicationSettings",
    "LiveSettings",
    "LoginSettings",
    "ObservingSettings",
    "ServerSettings",
    "SessionSettings",
    "unknown_names",
]
