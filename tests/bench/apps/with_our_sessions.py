"""The same file as `with_quart_session`, but for the import."""

from __future__ import annotations

import os

from quart import Quart, redirect, render_template, request, session
from werkzeug.wrappers import Response

from quart_app.sessions import Session

app = Quart(__name__)
app.config.update(
    SESSION_TYPE=os.environ["BENCH_STORE"],
    SESSION_URI=os.environ["BENCH_REDIS"],
    SESSION_FILE_DIR=os.environ["BENCH_FOLDER"] + "/ours",
)
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
