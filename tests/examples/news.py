"""An event stream: each open page of a customer hears at once what becomes of the order."""

from __future__ import annotations

import json

from quart import Quart, redirect, request
from quart.typing import ResponseReturnValue

from quart_app.live import Live
from quart_app.sessions import Session, session

PAGE = """<!doctype html>
<title>Your orders</title>
<ul></ul>
<script>
  new EventSource("/events").addEventListener("order", (event) => {
    const { item, state } = JSON.parse(event.data);
    const line = document.createElement("li");
    line.textContent = `${item}: ${state}`;
    document.querySelector("ul").append(line);
  });
</script>
"""

app = Quart(__name__)
app.config["SESSION_OWNER_KEY"] = "name"
Session(app)
live = Live(app)


@app.get("/")
async def orders() -> ResponseReturnValue:
    return PAGE


@app.post("/login")
async def login() -> ResponseReturnValue:
    session["name"] = (await request.form)["name"]
    return redirect("/", 303)


@app.post("/orders/<customer>/<item>")
async def change(customer: str, item: str) -> ResponseReturnValue:
    """What the kitchen sends."""
    state = (await request.form)["state"]
    data = json.dumps({"item": item, "state": state})
    await live.publish(customer, data, event="order")  # to whichever process has the pages
    return "", 204
