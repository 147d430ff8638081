"""A login and a few notes, written as any application would write them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import Any

from quart import Quart, jsonify, redirect, request, session, websocket
from quart.typing import ResponseReturnValue

from quart_app.errors import NoCookiePossible, SessionGone, SignedInMeanwhile
from quart_app.sessions import Session, Store
from quart_app.sessions.stores.base import Clock


def create_app(
    config: Mapping[str, Any], *, store: Store | None = None, clock: Clock = time.time
) -> Quart:
    """The application, with sessions as the configuration says."""
    app = Quart(__name__)
    app.config["SESSION_OWNER_KEY"] = "name"
    app.config.update(config)
    Session(app, store=store, clock=clock)
    add_pages(app)
    app.add_websocket("/desk", view_func=desk)
    return app


def configured() -> Quart:
    """An application without pages, with sessions as the environment says."""
    app = Quart(__name__)
    app.config.update(json.loads(os.environ["NOTES_CONFIG"]))
    Session(app)
    return app


def add_pages(app: Quart) -> None:
    """All but the websocket."""
    add_ways_in_and_out(app)
    app.add_url_rule("/", view_func=show)
    app.add_url_rule("/notes", view_func=add_note, methods=["POST"])
    app.add_url_rule("/renew", view_func=renew, methods=["POST"])


def add_ways_in_and_out(app: Quart) -> None:
    """What other applications of the tests have too."""
    app.add_url_rule("/public", view_func=public)
    app.add_url_rule("/login", view_func=login, methods=["POST"])
    app.add_url_rule("/logout", view_func=logout, methods=["POST"])


async def show() -> ResponseReturnValue:
    """Who is here, what they noted, and which process says so."""
    notes = session.get("notes", [])
    return jsonify(name=session.get("name"), notes=notes, pid=os.getpid())


async def public() -> ResponseReturnValue:
    """The same for everybody."""
    return "welcome"


async def login() -> ResponseReturnValue:
    """Sign in by name."""
    session.permanent = "remember" in await request.form
    session["name"] = (await request.form)["name"]
    return redirect("/", 303)


async def add_note() -> ResponseReturnValue:
    """Change something that lies deeper in the session."""
    session.setdefault("notes", []).append((await request.form)["note"])
    return redirect("/", 303)


async def renew() -> ResponseReturnValue:
    """Go on under a new token."""
    session.regenerate()  # type: ignore[attr-defined]
    return redirect("/", 303)


async def logout() -> ResponseReturnValue:
    """Sign out as the tutorials do."""
    session["name"] = None
    return redirect("/", 303)


async def desk() -> None:
    """Does with the session what it is told over the socket, and tells what it then holds."""
    while True:
        match await websocket.receive_json():
            case ["set", name, value]:
                session[name] = value
            case ["pop", name]:
                session.pop(name, None)
            case ["save"]:
                try:
                    await session.save()  # type: ignore[attr-defined]
                except (NoCookiePossible, SessionGone, SignedInMeanwhile) as exc:
                    await websocket.send_json(type(exc).__name__)
                    continue
            case ["fail"]:
                raise RuntimeError("as told")
            case ["leave"]:
                return
        await websocket.send_json(dict(session))
