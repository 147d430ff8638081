"""Applications of somebody's own with our login: one believes any name, one asks a check."""

from __future__ import annotations

from quart import Quart

from quart_app import Login


async def check(name: str, password: str) -> str | None:
    return name if password == "hush" else None  # noqa: S105 - of nobody


def believing() -> Quart:
    app = Quart(__name__)
    app.config.update(SECRET_KEY="x" * 40, SESSION_TYPE="memory", LOGIN_MODE="name")
    Login(app)
    return app


def with_accounts() -> Quart:
    app = Quart(__name__)
    app.config.from_prefixed_env("OWN")
    app.config.update(LOGIN_MODE="password")
    Login(app)
    return app


def checking() -> Quart:
    app = Quart(__name__)
    app.config.update(SECRET_KEY="x" * 40, SESSION_TYPE="memory")
    Login(app, check=check)
    return app
