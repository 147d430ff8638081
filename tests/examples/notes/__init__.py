"""Notes that everybody has of their own: a page in the login's looks, and something grave."""

from __future__ import annotations

from datetime import timedelta

from quart import Quart, redirect, render_template, request
from quart.typing import ResponseReturnValue

from quart_app import Login, current_account, login_required

# In an application of yours, a database with hashes: see own_users.py.
PASSWORDS = {"ada": "correct horse battery staple", "bob": "paper clips and string"}

app = Quart(__name__)
app.config["SITE_NAME"] = "Notes"
app.config["SITE_COLOR"] = "#0a6b52"
written: dict[str, list[str]] = {}


async def check(name: str, password: str) -> str | None:
    """Who that is."""
    return name if PASSWORDS.get(name) == password else None


login = Login(app, check=check)


@app.get("/")
@login_required
async def notes() -> ResponseReturnValue:
    return await render_template("notes.html", notes=written.get(current_account.id, []))


@app.post("/")
@login_required
async def write() -> ResponseReturnValue:
    note = (await request.form)["note"]
    written.setdefault(current_account.id, []).append(note)
    return redirect("/", 303)


@app.route("/delete", methods=["GET", "POST"])
@login_required(within=timedelta(minutes=5))
async def delete() -> ResponseReturnValue:
    if request.method == "GET":
        return await render_template("delete.html")
    written.pop(current_account.id, None)
    return redirect("/", 303)
