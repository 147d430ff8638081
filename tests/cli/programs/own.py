"""An application of somebody's own, with our sessions and without our pages."""

from __future__ import annotations

from quart import Quart

from quart_app.sessions import Session


def make() -> Quart:
    app = Quart(__name__)
    app.config.update(SESSION_TYPE="memory", SESSION_IDLE_LIFETIME=600, SECRET_KEY="x" * 40)
    Session(app)

    @app.get("/")
    async def index() -> str:
        return "somebody's own"

    return app


app = make()
