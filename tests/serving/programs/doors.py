"""Pages for a real browser: a form to come in by, something private, and a way out."""

from __future__ import annotations

from quart import redirect, session
from quart.typing import ResponseReturnValue

from tests.serving.programs.notes import add_ways_in_and_out, configured

app = configured()
add_ways_in_and_out(app)


@app.get("/")
async def front() -> ResponseReturnValue:
    """Private, if somebody is signed in."""
    if not (name := session.get("name")):
        return '<p id="who">nobody</p>'
    leave = '<form method="post" action="/leave"><button>Leave</button></form>'
    return f'<p id="who">secret of {name}</p>{leave}<a href="/public">away</a>'


@app.get("/login")
async def door() -> ResponseReturnValue:
    """The form."""
    remember = '<input type="checkbox" name="remember">'
    return f'<form method="post"><input name="name">{remember}<button>Enter</button></form>'


@app.post("/leave")
async def leave() -> ResponseReturnValue:
    """Sign out, and say so on a page of its own."""
    session["name"] = None
    return redirect("/public", 303)
