"""A shop on Flask that remembers its visitors by Flask-Session."""

from __future__ import annotations

import os

from cachelib import FileSystemCache
from flask import Flask, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_session import Session

app = Flask(__name__)
app.config.update(
    SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(os.environ["SHOP_FOLDER"])
)
Session(app)


@app.get("/")
def basket() -> ResponseReturnValue:
    return {"name": session.get("name"), "basket": session.get("basket", [])}


@app.post("/basket")
def add() -> ResponseReturnValue:
    session.setdefault("basket", []).append(request.form["item"])
    session.modified = True
    return redirect("/", 303)


@app.post("/login")
def login() -> ResponseReturnValue:
    session["name"] = request.form["name"]
    return redirect("/", 303)


@app.post("/logout")
def logout() -> ResponseReturnValue:
    session.clear()
    return redirect("/", 303)
