"""starsessions over Redis, with sessions that activity prolongs."""

from __future__ import annotations

import secrets
from typing import ClassVar

import redis.asyncio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starsessions import SessionAutoloadMiddleware, SessionMiddleware, regenerate_session_id
from starsessions.stores.redis import RedisStore

from tests.promises.adapter import Answer, Flight, Paused, handle
from tests.promises.http import METHODS, ask_asgi
from tests.promises.libraries import redis_server

IDLE_SECONDS = 100


class StarSessions(redis_server.InRedis):
    """Starlette with the two middlewares that the README names."""

    name: ClassVar[str] = "starsessions"
    idle: ClassVar[float | None] = IDLE_SECONDS

    async def open(self) -> None:
        """The client is handed in, so nothing has to be patched."""
        self.database = redis_server.empty_database()
        self.client = redis.asyncio.Redis(port=self.database.port, protocol=2)
        paused = Paused(self.client, reads=("get",), writes=("set", "delete"))
        middleware = [
            Middleware(
                SessionMiddleware,
                store=RedisStore(connection=paused),  # type: ignore[arg-type]
                lifetime=IDLE_SECONDS,
                rolling=True,
            ),
            Middleware(SessionAutoloadMiddleware),
        ]
        self.app = Starlette(routes=[Route("/", _page, methods=METHODS)], middleware=middleware)

    async def close(self) -> None:
        """It never closes a client by itself."""
        await self.client.aclose()

    async def call(self, flight: Flight) -> Answer:
        """Through Starlette's ASGI entrance."""
        return await ask_asgi(self.app, flight)

    def invent(self) -> str:
        """Made as the library makes its own."""
        return secrets.token_hex(16)


async def _page(request: Request) -> Response:
    await handle(request.session, lambda: regenerate_session_id(request))
    return PlainTextResponse("done")
