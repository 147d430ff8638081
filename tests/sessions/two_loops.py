"""A program: visits one application from two event loops, and says how that went.

In a process of its own, with which ends what quart-session leaves open.
"""

from __future__ import annotations

import asyncio
import sys

import quart_session
from quart import Quart, session

from quart_app.sessions import Session

KINDS = {"ours": Session, "theirs": quart_session.Session}


def main(kind: str, url: str) -> None:
    app = Quart(__name__)
    app.config.update(SESSION_TYPE="redis", SESSION_URI=url)
    KINDS[kind](app)

    @app.route("/")
    async def page() -> str:
        session["x"] = 1
        return ""

    async def visit() -> int:
        async with app.test_app():
            return (await app.test_client().get("/")).status_code

    sys.stdout.write(f"{asyncio.run(visit())} {asyncio.run(visit())}")


if __name__ == "__main__":
    main(*sys.argv[1:])
