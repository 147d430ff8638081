"""Pages for a real browser: a form to come in by, something private, and a way out."""

from __future__ import annotations

import json
import os

from quart import Quart, redirect, request, session
from quart.typing import ResponseReturnValue

from quart_app.sessions import Session

app = Quart(__name__)
app.config.update(json.loads(os.environ["NOTES_CONFIG"]))
Session(app)


@app.get("/public")
async def public() -> ResponseReturnValue:
    """The same for everybody."""
    return "welcome"


@app.get("/")
async def front() -> ResponseReturnValue:
    """Private, if somebody is signed in."""
    if not (name := session.get("name")):
        return '<p id="who">nobody</p>'
    leave = '<form method="post" action="/logout"><button>Leave</button></form>'
    return f'<p id="who">secret of {name}</p>{leave}<a href="/public">away</a>'


@app.get("/login")
async def door() -> ResponseReturnValue:
    """The form."""
    remember = '<input type="checkbox" name="remember">'
    return f'<form method="post"><input name="name">{remember}<button>Enter</button></form>'


@app.post("/login")
async def enter() -> ResponseReturnValue:
    """Sign in."""
    form = await request.form
    session.permanent = "remember" in form
    session["name"] = form["name"]
    return redirect("/", 303)


@app.post("/logout")
async def leave() -> ResponseReturnValue:
    """Sign out, and say so on a page of its own."""
    session["name"] = None
    return redirect("/public", 303)
