"""Server-side sessions for any Quart application: `Session(app)`."""

from quart_app.sessions.extension import Session
from quart_app.sessions.held.session import ServerSideSession
from quart_app.sessions.stores.base import Store, Swept
from quart_app.sessions.stores.record import Lifetime, Record

__all__ = ["Lifetime", "Record", "ServerSideSession", "Session", "Store", "Swept"]
