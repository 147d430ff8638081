"""quart-session over Redis, the store that its README begins with."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

import quart
import quart_session
import redis.asyncio

from tests.promises.adapter import Answer, Flight, Paused, handle
from tests.promises.http import METHODS, ask_asgi
from tests.promises.libraries import redis_server

IDLE_SECONDS = 100


class QuartSession(redis_server.InRedis):
    """It has no call for a new token."""

    name: ClassVar[str] = "quart-session"
    can_regenerate: ClassVar[bool] = False
    idle: ClassVar[float | None] = IDLE_SECONDS

    async def open(self) -> None:
        """The client is one of its settings, so nothing has to be patched."""
        self.database = redis_server.empty_database()
        self.client = redis.asyncio.Redis(
            port=self.database.port, encoding="utf-8", decode_responses=True, protocol=2
        )
        app = quart.Quart(__name__)
        app.config["SESSION_TYPE"] = "redis"
        app.config["PERMANENT_SESSION_LIFETIME"] = IDLE_SECONDS
        app.config["SESSION_REDIS"] = Paused(
            self.client, reads=("get",), writes=("setex", "delete")
        )
        quart_session.Session(app)
        app.add_url_rule("/", view_func=_page, methods=METHODS)
        self.app = app

    async def close(self) -> None:
        """It never closes a client by itself."""
        await self.client.aclose()

    async def call(self, flight: Flight) -> Answer:
        """Through Quart's ASGI entrance."""
        return await ask_asgi(self.app, flight)

    def invent(self) -> str:
        """Made as the library makes its own."""
        return str(uuid4())


async def _page() -> str:
    # No call for a new token: `regenerate` is never asked for.
    await handle(quart.session, lambda: None)
    return "done"
