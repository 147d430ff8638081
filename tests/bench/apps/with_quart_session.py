"""The login with quart-session 3.0.0 on Redis."""

from __future__ import annotations

import os

from quart import Quart, redirect, render_template, request, session
from quart_session import Session
from werkzeug.wrappers import Response

app = Quart(__name__)
app.config.update(SESSION_TYPE="redis", SESSION_URI=os.environ["BENCH_REDIS"])
Session(app)


@app.get("/")
async def home() -> str:
    return await render_template("home.html", name=session.get("name"))


@app.post("/login")
async def login() -> Response:
    session["name"] = (await request.form)["name"]
    return redirect("/", 303)


@app.post("/logout")
async def logout() -> Response:
    session["name"] = None
    return redirect("/", 303)
