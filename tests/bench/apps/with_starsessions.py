"""The login with starsessions on Redis."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starsessions import SessionAutoloadMiddleware, SessionMiddleware
from starsessions.stores.redis import RedisStore

FOLDER = Path(__file__).parent
templates = Jinja2Templates(FOLDER / "templates")


async def home(request: Request) -> Response:
    return templates.TemplateResponse(request, "home.html", {"name": request.session.get("name")})


async def login(request: Request) -> Response:
    async with request.form() as form:
        request.session["name"] = form["name"]
    return RedirectResponse("/", 303)


async def logout(request: Request) -> Response:
    request.session.clear()
    return RedirectResponse("/", 303)


app = Starlette(
    routes=[
        Route("/", home),
        Route("/login", login, methods=["POST"]),
        Route("/logout", logout, methods=["POST"], name="logout"),
        Mount("/static", StaticFiles(directory=FOLDER), name="static"),
    ],
    middleware=[
        Middleware(
            SessionMiddleware,
            store=RedisStore(os.environ["BENCH_REDIS"]),
            lifetime=28_800,
            rolling=True,
            cookie_https_only=False,
        ),
        Middleware(SessionAutoloadMiddleware),
    ],
)
