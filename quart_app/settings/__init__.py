"""Every setting: its name, its default and its reason."""

from quart_app.settings.application import ApplicationSettings
from quart_app.settings.live import LiveSettings
from quart_app.settings.server import ServerSettings
from quart_app.settings.sessions import WITHOUT_EFFECT, SessionSettings, unknown_names

__all__ = [
    "WITHOUT_EFFECT",
    "ApplicationSettings",
    "LiveSettings",
    "ServerSettings",
    "SessionSettings",
    "unknown_names",
]
