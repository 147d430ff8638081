"""An application with sessions."""

from __future__ import annotations

from quart import Quart

from quart_app.sessions import Session

app = Quart(__name__)
Session(app)
