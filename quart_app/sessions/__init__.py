"""Server-side sessions for any Quart application: `Session(app)`."""

from quart_app.sessions.extension import Session
from quart_app.sessions.record import Lifetime, Record
from quart_app.sessions.session import ServerSideSession
from quart_app.sessions.stores.base import Store, Swept

__all__ = ["Lifetime", "Record", "ServerSideSession", "Session", "Store", "Swept"]
