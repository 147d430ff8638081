"""A shop that remembers its visitors by quart-session."""

from __future__ import annotations

import os

from quart import Quart, redirect, request, session
from quart.typing import ResponseReturnValue
from quart_session import Session

app = Quart(__name__)
app.config.update(SESSION_TYPE="redis", SESSION_URI=os.environ["SHOP_REDIS"])
Session(app)


@app.get("/")
async def basket() -> ResponseReturnValue:
    return {"name": session.get("name"), "basket": session.get("basket", [])}


@app.post("/basket")
async def add() -> ResponseReturnValue:
    session.setdefault("basket", []).append((await request.form)["item"])
    session.modified = True
    return redirect("/", 303)


@app.post("/login")
async def login() -> ResponseReturnValue:
    session["name"] = (await request.form)["name"]
    return redirect("/", 303)


@app.post("/logout")
async def logout() -> ResponseReturnValue:
    session.clear()
    return redirect("/", 303)
