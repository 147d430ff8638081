"""A page of an application's own: its own form says who is signed in, or our login does."""

from __future__ import annotations

from quart import Quart, redirect, render_template, request
from werkzeug.wrappers import Response

from quart_app import Login, QuickQuart, current_account, login_required
from quart_app.sessions import Session, session


def with_sessions() -> Quart:
    """It has a form of its own."""
    app = _made()
    Session(app)

    @app.get("/")
    async def home() -> str:
        return await render_template("home.html", name=session.get("name"))

    @app.post("/login")
    async def login() -> Response:
        session["name"] = (await request.form)["name"]
        return redirect("/", 303)

    @app.post("/goodbye")
    async def logout() -> Response:
        session["name"] = None
        return redirect("/", 303)

    return app


def with_login() -> Quart:
    """It has a check of its own."""
    app = _made()
    login = Login(app, check=_check)

    @app.get("/")
    @login_required
    async def home() -> str:
        return await render_template("home.html", name=current_account.name)

    @app.post("/goodbye")
    async def logout() -> Response:
        login.sign_out()
        return redirect("/", 303)

    return app


def _made() -> Quart:
    app = QuickQuart(__name__)
    app.config.from_prefixed_env()
    return app


async def _check(name: str, password: str) -> str | None:
    return name if password else None
