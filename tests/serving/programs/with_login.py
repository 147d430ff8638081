"""Somebody's own application with a login, for whatever server runs it."""

from __future__ import annotations

import json
import os

from quart import Quart

from quart_app import Login, current_account, login_required

PASSWORD = "correct horse"  # noqa: S105 - a test's


async def check(name: str, password: str) -> str | None:
    return name if password == PASSWORD else None


app = Quart(__name__)
app.config.update(json.loads(os.environ["NOTES_CONFIG"]))
login = Login(app, check=check)


@app.get("/")
@login_required
async def home() -> dict[str, object]:
    return {"name": current_account.name, "pid": os.getpid()}


if taken := app.config.get("TAKEN"):
    app.add_url_rule(taken, "taken", home)
