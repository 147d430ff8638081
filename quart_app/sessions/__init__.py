"""Server-side sessions for any Quart application: `Session(app)`."""

from quart_app.errors import ConfigurationError, StoreUnavailable, UnstorableValue
from quart_app.sessions.extension import Session
from quart_app.sessions.held.session import ServerSideSession
from quart_app.sessions.interface import ServerSideSessionInterface
from quart_app.sessions.stores.base import Store, Swept
from quart_app.sessions.stores.record import Lifetime, Record
from quart_app.sessions.typed import interface_of, session

__all__ = [
    "ConfigurationError",
    "Lifetime",
    "Record",
    "ServerSideSession",
    "ServerSideSessionInterface",
    "Session",
    "Store",
    "StoreUnavailable",
    "Swept",
    "UnstorableValue",
    "interface_of",
    "session",
]


def __dir__() -> list[str]:
    return __all__
