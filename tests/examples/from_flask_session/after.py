"""The same shop on Quart: handlers are coroutines, a form is awaited, the sessions are these."""

from __future__ import annotations

import os

from quart import Quart, redirect, request
from quart.typing import ResponseReturnValue

from quart_app.sessions import Session, session

app = Quart(__name__)
app.config.update(SESSION_TYPE="filesystem", SESSION_FILE_DIR=os.environ["SHOP_FOLDER"])
app.config["SESSION_OWNER_KEY"] = "name"  # not needed, but better than a guess
Session(app)


@app.get("/")
async def basket() -> ResponseReturnValue:
    return {"name": session.get("name"), "basket": session.get("basket", [])}


@app.post("/basket")
async def add() -> ResponseReturnValue:
    session.setdefault("basket", []).append((await request.form)["item"])
    return redirect("/", 303)


@app.post("/login")
async def login() -> ResponseReturnValue:
    session["name"] = (await request.form)["name"]
    return redirect("/", 303)


@app.post("/logout")
async def logout() -> ResponseReturnValue:
    session.clear()
    return redirect("/", 303)
