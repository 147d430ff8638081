"""An application with sessions, and a store of the reader's own."""

from __future__ import annotations

from quart import Quart

from quart_app.sessions import Session
from quart_app.sessions.stores.memory import MemoryStore

app = Quart(__name__)
Session(app)


class MyStore(MemoryStore):
    """As good as ours."""
