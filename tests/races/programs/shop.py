"""A shop with a login as the tutorials write it, whose pages have scripts that write all the time.

A test may hold requests in their handlers: they wait at a gate until it is opened.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict

from quart import jsonify, session
from quart.typing import ResponseReturnValue

from tests.serving.programs.notes import add_ways_in_and_out, configured

WORK_SECONDS = 0.004

app = configured()
add_ways_in_and_out(app)


@app.get("/")
async def front() -> ResponseReturnValue:
    """All that the session holds."""
    return jsonify(dict(session))


@app.get("/enter")
async def enter() -> ResponseReturnValue:
    """The first page of a visit: from here on the visitor has a session."""
    session["first_seen"] = time.time()
    return jsonify(dict(session))


@app.post("/renew")
async def renew() -> ResponseReturnValue:
    """Go on under a new token."""
    session.regenerate()  # type: ignore[attr-defined]
    return "renewed"


@app.post("/renew/slowly")
async def renew_slowly() -> ResponseReturnValue:
    """The same, after something that had to be stored at once, and took a while."""
    await asyncio.sleep(WORK_SECONDS)
    session["renewed_at"] = time.time()
    await session.save()  # type: ignore[attr-defined]
    session.regenerate()  # type: ignore[attr-defined]
    return "renewed"


@app.route("/beat", methods=["GET", "POST"])
async def beat() -> ResponseReturnValue:
    """A script says that its page is still open."""
    session["last_seen"] = time.time()
    return "seen"


@app.post("/keep/<field>/<value>")
async def keep(field: str, value: str) -> ResponseReturnValue:
    """A script stores something of its own."""
    session[field] = value
    return "kept"


@app.get("/sessions/<owner>")
async def sessions(owner: str) -> ResponseReturnValue:
    """How many sessions somebody has."""
    return jsonify(len(await app.session_interface.owned_by(owner)))  # type: ignore[attr-defined]


@app.post("/end/<owner>")
async def end(owner: str) -> ResponseReturnValue:
    """An admin signs somebody out everywhere."""
    ended = await app.session_interface.delete_owned_by(owner)  # type: ignore[attr-defined]
    return jsonify(len(ended))


@app.post("/elsewhere")
async def elsewhere() -> ResponseReturnValue:
    """Somebody signs out everywhere but here."""
    ended = await app.session_interface.delete_owned_by(  # type: ignore[attr-defined]
        session["name"],
        except_key=session.sid,  # type: ignore[attr-defined]
    )
    return jsonify(len(ended))


class Gate:
    """Where requests wait."""

    def __init__(self) -> None:
        self.is_open = False
        self.waiting = 0
        self.changed = asyncio.Condition()


gates: defaultdict[str, Gate] = defaultdict(Gate)


@app.route("/held/<gate>/<deed>", methods=["GET", "POST"])
async def held(gate: str, deed: str) -> ResponseReturnValue:
    """Wait at the gate, then do something with the session."""
    at = gates[gate]
    async with at.changed:
        at.waiting += 1
        at.changed.notify_all()
        await at.changed.wait_for(lambda: at.is_open)
    match deed:
        case "write":
            session["planted"] = "late"
        case "take":
            session.pop("first_seen", None)
        case "leave":
            session["name"] = None
        case "clear":
            session.clear()
        case "renew":
            session.regenerate()  # type: ignore[attr-defined]
        case "sign-in":
            session["name"] = "mallory"
    return jsonify(dict(session))


@app.get("/waiting/<gate>/<int:count>")
async def waiting(gate: str, count: int) -> ResponseReturnValue:
    """Answered when so many wait there."""
    at = gates[gate]
    async with at.changed:
        await at.changed.wait_for(lambda: at.waiting >= count)
    return "they wait"


@app.post("/open/<gate>")
async def open_gate(gate: str) -> ResponseReturnValue:
    """Let them go on."""
    at = gates[gate]
    async with at.changed:
        at.is_open = True
        at.changed.notify_all()
    return "open"
